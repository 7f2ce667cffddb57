/** What is public of winsock/io says in its docstring what it throws. */
import t from 'tap';
import { readEntries } from '../../../scripts/docs/declarations.ts';

interface Callable {
  readonly name: string;
  readonly code: string;
  readonly throws: string;
}

const { declarations } = readEntries().find(({ name }) => name === 'io')!;

/** Functions, and the methods of classes that are not protected. */
const callables: Callable[] = declarations.flatMap((one) => {
  if (one.kind === 'function') return [one];
  // The methods of this one are those of net.Socket, and throw what they throw there.
  if (one.kind !== 'class' || one.name === 'SocketDuplex') return [];
  return one.members
    .filter(({ code }) => /^(?:static |async )*(?:[\w$]+|\[Symbol\.\w+\])(?:<.*>)?\(/s.test(code))
    .map((member) => ({ ...member, name: `${one.name}.${member.name}` }));
});

/** Whether something is handed in: it may be of the wrong kind. */
const takesSomething = ({ code }: Callable) => !/^[^(]*\(\)/.test(code);

/** What takes something and throws nothing of its own. */
const NEVER = [
  'Operation.goesOn',
  'Operation.judgeCall',
  'Operation.judgeStart',
  'TcpSocket.destroy',
  // Made by the package.
  'ThreadServing.constructor',
  'UnreachableError.constructor',
  'addressText',
  'decodeAddress',
  'interleave',
  'takeAddress',
  'takeMessage',
  'toNodeError',
  'toWeb',
  'updateAcceptContext',
  'updateConnectContext',
];

t.test('the functions and methods of winsock/io are found', async (t) => {
  const names = callables.map(({ name }) => name);
  for (const name of ['connect', 'TcpSocket.sendFile', 'CompletionPort.close', 'UdpSocket.send']) {
    t.ok(names.includes(name), name);
  }
});

t.test('what takes an argument says what it throws, or is known to throw nothing', async (t) => {
  // Of overloads one says it.
  const saying = new Set(callables.filter(({ throws }) => throws).map(({ name }) => name));
  const silent = callables.filter((one) => takesSomething(one) && !saying.has(one.name));
  const names = [...new Set(silent.map(({ name }) => name))].sort();
  t.same(names, NEVER);
});
