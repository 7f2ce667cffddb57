import * as w from '../../../../index.ts';
import * as ip from '../../../../iphlpapi.ts';
import * as k from '../../../../kernel.ts';
import { documented, inferred, stated, type Topic } from '../../fact.ts';
import { Pending } from '../../pending.ts';
import { codeOf, send, sleep } from '../../session.ts';

export const callbacks: Topic = {
  name: 'callbacks',
  title: 'Callbacks and their threads',
  facts: [
    {
      id: 'initial-notification',
      api: 'NotifyIpInterfaceChange',
      says: 'The notification that is asked for at the start comes.',
      source: documented('api/netioapi/nf-netioapi-notifyipinterfacechange'),
      windows: 'comes',
      wine: 'does not come',
      reliedOn: ['netioapi.g.ts NotifyIpInterfaceChange'],
      alone: true,
      ask: () =>
        initialNotification(ip.PIPINTERFACE_CHANGE_CALLBACK, (callback, handle) =>
          ip.NotifyIpInterfaceChange.orThrow(w.AF_UNSPEC, callback, null, 1, handle),
        ),
    },
    {
      id: 'initial-address-notification',
      api: 'NotifyUnicastIpAddressChange',
      says: 'So does that of addresses.',
      source: documented('api/netioapi/nf-netioapi-notifyunicastipaddresschange'),
      windows: 'comes',
      reliedOn: ['netioapi.g.ts NotifyUnicastIpAddressChange'],
      alone: true,
      ask: () =>
        initialNotification(ip.PUNICAST_IPADDRESS_CHANGE_CALLBACK, (callback, handle) =>
          ip.NotifyUnicastIpAddressChange.orThrow(w.AF_UNSPEC, callback, null, 1, handle),
        ),
    },
    {
      id: 'event-as-context',
      api: 'NotifyUnicastIpAddressChange',
      says: 'SetEvent can be the callback, and an event the context.',
      source: inferred('the calling convention: what a callee has no parameter for is left alone'),
      windows: 'set',
      reliedOn: ['changes.ts SetEvent'],
      alone: true,
      async ask(on) {
        const event = on.event();
        const kernel = k.GetModuleHandleW.orThrow('kernel32.dll');
        const setEvent = k.GetProcAddress.orThrow(kernel, 'SetEvent');
        const handle = w.ref(w.HANDLE);
        // An address and a handle are what the prototype calls a callback and a context.
        ip.NotifyUnicastIpAddressChange.orThrow(
          w.AF_UNSPEC,
          setEvent as unknown as w.Pointer<never>,
          event as unknown as w.Pointer,
          1,
          handle,
        );
        const result = k.WaitForSingleObject(event, 2000);
        ip.CancelMibChangeNotify2.orThrow(handle.value);
        return result === k.WAIT_OBJECT_0 ? 'set' : 'not set';
      },
    },
    {
      id: 'cancel-from-thread',
      api: 'CancelMibChangeNotify2',
      says: 'A subscription ends from another thread than the listener’s.',
      source: documented('api/netioapi/nf-netioapi-cancelmibchangenotify2'),
      windows: 'ends',
      reliedOn: ['own-callbacks.ts async'],
      alone: true,
      async ask() {
        const callback = ip.PIPFORWARD_CHANGE_CALLBACK.register(() => undefined);
        const handle = w.ref(w.HANDLE);
        ip.NotifyRouteChange2.orThrow(w.AF_UNSPEC, callback, null, 0, handle);
        await ip.CancelMibChangeNotify2.async(handle.value);
        callback.close();
        return 'ends';
      },
    },
    {
      id: 'bad-family',
      api: 'NotifyIpInterfaceChange',
      says: 'A family that there is not fails with ERROR_INVALID_PARAMETER.',
      source: documented('api/netioapi/nf-netioapi-notifyipinterfacechange'),
      windows: 'ERROR_INVALID_PARAMETER',
      wine: 'succeeds',
      reliedOn: ['changes.ts family'],
      alone: true,
      async ask() {
        try {
          await ip.onIpInterfaceChange(() => undefined, { family: 77 }).close();
          return 'succeeds';
        } catch (error) {
          return codeOf(error);
        }
      },
    },
    {
      id: 'completion-routine',
      api: 'WSARecv',
      says: 'A completion routine is called in an alertable wait of the thread that began the call.',
      source: documented('api/winsock2/nf-winsock2-wsarecv'),
      windows: 'called in the wait',
      reliedOn: ['overlap.ts OVERLAPPED'],
      ask(on) {
        const [client, server] = on.pair();
        let called = 0;
        const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register(() => called++);
        on.after(() => routine.close());
        const pending = new Pending(on, client, 4);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 4, buf: pending.memory }]);
        const flags = w.ref(w.DWORD);
        w.WSARecv(client, buffers, 1, null, flags, pending.overlapped, routine);
        send(server, 'data');
        k.SleepEx(100, 0);
        const before = called;
        for (let i = 0; i < 20 && called === before; i++) k.SleepEx(50, 1);
        return before === 0 && called === 1 ? 'called in the wait' : `${before}, ${called}`;
      },
    },
    {
      id: 'completion-routine-of-immediate-call',
      api: 'WSARecv',
      says: 'It is called for a receive that completes at once too.',
      source: documented('api/winsock2/nf-winsock2-wsarecv'),
      windows: '1',
      reliedOn: ['overlap.ts OVERLAPPED'],
      async ask(on) {
        const [client, server] = on.pair();
        let called = 0;
        const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register(() => called++);
        on.after(() => routine.close());
        send(server, 'data');
        await sleep(50);
        const pending = new Pending(on, client, 4);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 4, buf: pending.memory }]);
        const flags = w.ref(w.DWORD);
        w.WSARecv(client, buffers, 1, null, flags, pending.overlapped, routine);
        for (let i = 0; i < 20 && called === 0; i++) k.SleepEx(50, 1);
        return String(called);
      },
    },
    {
      id: 'wait-callback-on-system-thread',
      api: 'RegisterWaitForSingleObject',
      says: 'A callback of a thread of the system is called on the JavaScript thread.',
      source: inferred('koffi hands such calls over'),
      windows: 'called',
      reliedOn: ['callback.ts register'],
      async ask(on) {
        const event = on.event();
        let called = 0;
        const callback = k.WAITORTIMERCALLBACK.register(() => called++);
        const handle = w.ref(w.HANDLE);
        k.RegisterWaitForSingleObject.orThrow(handle, event, callback, null, 5000, 8);
        w.WSASetEvent.orThrow(event);
        for (let i = 0; i < 50 && called === 0; i++) await sleep(20);
        await k.UnregisterWaitEx.async(handle.value, -1).catch(() => undefined);
        callback.close();
        return called === 1 ? 'called' : String(called);
      },
    },
    {
      id: 'condition-of-accept',
      api: 'WSAAccept',
      says: 'The condition of WSAAccept is called on the thread that accepts, and can refuse.',
      source: documented('api/winsock2/nf-winsock2-wsaaccept'),
      windows: 'WSAECONNREFUSED',
      reliedOn: ['winsock2.g.ts LPCONDITIONPROC'],
      ask(on) {
        const listener = on.listener();
        const client = on.socket();
        const name = new w.sockaddr_in();
        w.getsockname.orThrow(listener, name, w.ref(w.int, 16));
        w.connect(client, name, 16);
        const refuse = w.LPCONDITIONPROC.register(() => w.CF_REJECT);
        on.after(() => refuse.close());
        const accepted = w.WSAAccept(listener, null, null, refuse, 0);
        if (accepted !== w.INVALID_SOCKET) {
          on.keep(accepted);
          return 'accepts';
        }
        return w.errorName(w.WSAGetLastError()) ?? '?';
      },
    },
    {
      id: 'deep-stack',
      api: 'getaddrinfo',
      says: 'A lookup on a thread of koffi’s has stack enough.',
      source: stated('koffi', 'src/koffi/src/ffi.hh:34'),
      windows: 'found',
      reliedOn: ['koffi.ts ASYNC_STACK_BYTES'],
      alone: true,
      async ask() {
        const found = w.ref(w.ptr(w.addrinfo));
        const code = await w.getaddrinfo.async('localhost', '80', null, found);
        w.freeaddrinfo(found.value);
        return code === 0 ? 'found' : String(code);
      },
    },
  ],
};

/** Whether a callback of changes is called at the start. */
async function initialNotification<F extends w.AnyFunction>(
  type: w.CallbackType<F>,
  notify: (callback: w.Callback<F>, handle: w.Ref<w.HANDLE>) => void,
): Promise<string> {
  let calls = 0;
  const counts = () => {
    calls++;
  };
  // Its parameters are of no interest.
  const callback = type.register(counts as unknown as F);
  const handle = w.ref(w.HANDLE);
  notify(callback, handle);
  await sleep(500);
  await ip.CancelMibChangeNotify2.async(handle.value);
  callback.close();
  return calls > 0 ? 'comes' : 'does not come';
}
