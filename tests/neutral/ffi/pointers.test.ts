import t from 'tap';
import * as w from 'winsock';

interface Node extends w.Struct {
  value: number;
  name: string | null;
  wide: string | null;
  next: Node | null;
  data: w.Pointer;
}
const Node: w.StructType<Node> = w.struct('Node', () => ({
  value: w.int,
  name: w.cstring,
  wide: w.wstring,
  next: w.ptr(Node),
  data: w.pvoid,
}));

t.test('a pointer to a record reads as the record that was stored', async (t) => {
  const last = new Node({ value: 2 });
  const first = new Node({ value: 1, next: last });
  t.equal(first.next, last);
  t.equal(last.next, null);
  first.next = null;
  t.equal(first.next, null);
});

t.test('a list can be walked by address alone', async (t) => {
  const third = new Node({ value: 3, name: 'three' });
  const second = new Node({ value: 2, next: third });
  const head = w.ref(w.ptr<Node>(Node));
  new Uint8Array(head.buffer, head.byteOffset, 8).set(w.ref(w.pvoid, w.addressOf(second)));
  const seen: number[] = [];
  let name: string | null = null;
  for (let node = head.value; node; node = node.next) {
    seen.push(node.value);
    name = node.name;
  }
  t.same(seen, [2, 3]);
  t.equal(name, 'three');
});

t.test('strings are written as C strings and kept alive with the record', async (t) => {
  const node = new Node({ name: 'plain', wide: 'wíde €' });
  for (let i = 0; i < 20; i++) Buffer.alloc(1 << 20, i);
  globalThis.gc?.();
  t.equal(node.name, 'plain');
  t.equal(node.wide, 'wíde €');
  node.name = null;
  t.equal(node.name, null);
  t.throws(() => new Node({ name: 'a\0b' }), TypeError);
});

t.test('a copy of a record keeps what its pointers point to', async (t) => {
  const last = new Node({ value: 9 });
  const node = new Node({ value: 1, next: last });
  t.equal(new Node(node).next, last, 'the very object that was stored');
  t.equal(w.arrayOf(Node, [new Node(), node])[1]?.next, last, 'in an array');
  const other = w.arrayOf(Node, 2);
  other[1] = node;
  t.equal(other[1]?.next, last);
  other[1] = new Node();
  t.equal(other[1]?.next, null, 'until it is written over');
});

t.test('a cast sees the same memory, and none beyond it', async (t) => {
  const Small = w.struct<w.Struct & { a: number }>('Small', () => ({ a: w.uint16 }));
  const Large = w.struct<w.Struct & { a: number; b: bigint }>('Large', () => ({
    a: w.uint16,
    b: w.uint64,
  }));
  const large = new Large({ a: 1, b: 2n });
  const small = w.cast(Small, large);
  small.a = 7;
  t.equal(large.a, 7);
  t.equal(w.cast(Large, small).b, 2n, 'a cast back finds the whole memory');
  t.throws(() => w.cast(Large, new Small()), RangeError);
  t.equal(w.cast(Small, null), null);
  const bytes = new Uint8Array([0, 0, 5, 0]);
  t.equal(w.cast(Small, bytes, 2).a, 5);
  t.throws(() => w.cast(Small, bytes, 3), RangeError);
  t.throws(() => w.cast(Small, bytes, -1), RangeError);
  t.equal(w.cast(w.uint16, bytes, 2).value, 5);
  t.equal(w.cast(Small, w.addressOf(large)).a, 7, 'by address');
  t.equal(w.cast(Large, w.cast(Small, w.addressOf(large))).b, 2n, 'memory of unknown extent');
});

t.test('a pointer field needs memory as large as what it points to', async (t) => {
  t.throws(() => new Node({ next: Buffer.alloc(4) as never }), RangeError);
  t.throws(() => new Node({ next: -5 as never }), RangeError);
  t.throws(() => new Node({ data: 'x' as never }), TypeError);
});

t.test('a socket address of any family fits a pointer to one', async (t) => {
  const v4 = new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: 80 });
  const v6 = new w.sockaddr_in6({ sin6_family: w.AF_INET6 });
  const info = new w.addrinfo({ ai_addr: v4 });
  t.equal(info.ai_addr?.sa_family, w.AF_INET);
  t.equal(w.cast(w.sockaddr_in, info.ai_addr!).sin_port, 80);
  info.ai_addr = v6;
  t.equal(w.sizeof(w.cast(w.sockaddr_in6, info.ai_addr!)), 28, 'as much as was stored is there');
  info.ai_addr = new w.sockaddr_storage();
  t.equal(info.ai_addr?.sa_family, w.AF_UNSPEC);
  const ipx = new w.SOCKADDR_IPX({ sa_family: w.AF_IPX });
  t.ok(w.sizeof(ipx) < w.sizeof(w.sockaddr), 'shorter than a sockaddr');
  info.ai_addr = ipx;
  t.equal(info.ai_addr?.sa_family, w.AF_IPX);
  const message = new w.WSAMSG({ name: v6, namelen: w.sizeof(v6) });
  t.equal(message.name?.sa_family, w.AF_INET6);
  const pair = new w.CSADDR_INFO({ LocalAddr: { lpSockaddr: v4, iSockaddrLength: 16 } });
  t.equal(w.cast(w.sockaddr_in, pair.LocalAddr.lpSockaddr!).sin_port, 80);
  // @ts-expect-error: the list goes on with an addrinfo, not with an address
  t.throws(() => new w.addrinfo({ ai_next: v4 }), RangeError);
});

t.test('a registered callback is given to a field as it is', async (t) => {
  const procedure = w.WNDPROC.register((_window, message) => message + 1);
  const type = new w.WNDCLASSEXW({ lpfnWndProc: procedure });
  t.equal(type.lpfnWndProc, procedure.address);
  type.lpfnWndProc = null;
  t.equal(type.lpfnWndProc, 0);
  type.lpfnWndProc = procedure;
  t.equal(w.WNDPROC.at(type.lpfnWndProc)(0, 4, 0, 0), 5);
  // @ts-expect-error: nothing would tell when the system is done with a plain function
  t.throws(() => new w.WNDCLASSEXW({ lpfnWndProc: () => 0 }), TypeError);
  procedure.close();
});

t.test('arrayOf lays elements side by side and refuses an index outside', async (t) => {
  const nodes = w.arrayOf<Node>(Node, [{ value: 4 }, { value: 5 }]);
  t.equal(nodes.bytes.byteLength, 2 * w.sizeof(Node));
  nodes[1] = new Node({ value: 6 });
  t.equal(nodes[1].value, 6);
  t.throws(() => nodes.set(2, new Node()), RangeError);
  t.throws(() => w.arrayOf(Node, -1), RangeError);
  const handles = w.arrayOf(w.intptr, [1, -1]);
  t.same([...handles], [1, -1]);
  t.equal(handles[2], undefined);
  t.throws(() => {
    handles[2] = 1;
  }, Error);
  for (const length of [1024, 5000]) {
    const many = w.arrayOf(w.intptr, length);
    many[length - 1] = 7;
    t.equal(many.at(-1), 7);
    t.equal(many[length - 1], 7);
    t.equal(many[length], undefined);
    t.equal(many.bytes[(length - 1) * 8], 7);
  }
  t.equal(handles.at(1.9), -1, 'as at() of an array');
  t.throws(() => handles.set(0.5, 1), RangeError);
  t.ok(Object.isFrozen(handles));
  t.throws(() => {
    (handles as unknown as Record<string, number>).lenght = 1;
  }, TypeError);
  t.notOk(
    Object.getOwnPropertyNames(w.CArray.prototype).some((name) => /^\d+$/.test(name)),
    'no accessors of indexes on a prototype: they slow all arrays of Bun down',
  );
});

t.test('memory is what is told by its class, not by its shape', async (t) => {
  const disguised = {
    get bytes() {
      return new Uint8Array(64);
    },
  };
  t.throws(() => w.addressOf(disguised as never), TypeError);
  t.throws(() => w.sizeof(disguised as never), TypeError);
});

t.test('a variable keeps its value and refuses one that does not fit', async (t) => {
  const n = w.ref(w.int, 5);
  n.value++;
  t.equal(n.value, 6);
  t.equal(w.sizeof(n), 4);
  t.throws(() => {
    n.value = 1e10;
  }, RangeError);
});

t.test('addressOf gives a number and takes memory only', async (t) => {
  t.type(w.addressOf(Buffer.alloc(8)), 'number');
  t.throws(() => w.addressOf('text' as never), TypeError);
});
