import * as w from '../../../index.ts';
import * as ip from '../../../iphlpapi.ts';
import * as k from '../../../kernel.ts';
import { documented, inferred, stated, type Topic } from '../fact.ts';
import { Pending } from '../pending.ts';
import { codeOf, send, sleep } from '../session.ts';

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
      reliedOn: ['changes.ts initial'],
      alone: true,
      async ask() {
        let calls = 0;
        const subscription = ip.onIpInterfaceChange(() => calls++, { initial: true });
        await sleep(500);
        await subscription.close();
        return calls > 0 ? 'comes' : 'does not come';
      },
    },
    {
      id: 'initial-address-notification',
      api: 'NotifyUnicastIpAddressChange',
      says: 'So does that of addresses.',
      source: documented('api/netioapi/nf-netioapi-notifyunicastipaddresschange'),
      windows: 'comes',
      reliedOn: ['changes.ts initial'],
      alone: true,
      async ask() {
        let calls = 0;
        const subscription = ip.onUnicastIpAddressChange(() => calls++, { initial: true });
        await sleep(500);
        await subscription.close();
        return calls > 0 ? 'comes' : 'does not come';
      },
    },
    {
      id: 'cancel-from-thread',
      api: 'CancelMibChangeNotify2',
      says: 'A subscription ends from another thread than the listener’s.',
      source: documented('api/netioapi/nf-netioapi-cancelmibchangenotify2'),
      windows: 'ends',
      reliedOn: ['changes.ts CancelMibChangeNotify2'],
      alone: true,
      async ask() {
        const subscription = ip.onRouteChange(() => undefined);
        await subscription.close();
        return 'ends';
      },
    },
    {
      id: 'bad-family',
      api: 'NotifyIpInterfaceChange',
      says: 'A family that there is not fails with ERROR_INVALID_PARAMETER.',
      source: documented('api/netioapi/nf-netioapi-notifyipinterfacechange'),
      windows: 'WSA_INVALID_PARAMETER',
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
      reliedOn: ['native.ts koffi'],
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
