import t from 'tap';
import { Members } from '../../../lib/io/lists/members.ts';

interface One {
  readonly name: string;
  place: number;
}

function members(): Members<One> {
  return new Members<One>({
    get: ({ place }) => place,
    set: (one, place) => {
      one.place = place;
    },
  });
}

const named = (name: string): One => ({ name, place: -1 });
const namesOf = (list: Iterable<One>) => Array.from(list, ({ name }) => name).sort();

t.test('members come once, leave once, and come again', async (t) => {
  const list = members();
  const [a, b, c] = ['a', 'b', 'c'].map(named) as [One, One, One];
  for (const one of [a, b, c, a]) list.add(one);
  t.equal(list.size, 3);
  list.delete(a);
  list.delete(a);
  t.same([list.size, list.has(a), list.has(b), list.has(c), a.place], [2, false, true, true, -1]);
  list.add(a);
  list.delete(c);
  t.same(namesOf(list), ['a', 'b']);
  for (const one of [b, a]) list.delete(one);
  t.same([list.size, namesOf(list)], [0, []]);
});

t.test('a member of another list is none of this one', async (t) => {
  const list = members();
  list.add(named('a'));
  const other = members();
  const b = named('b');
  other.add(b);
  t.equal(list.has(b), false);
  list.delete(b);
  t.same([list.size, other.size, b.place], [1, 1, 0]);
});

t.test(
  'whoever goes through them sees those of the beginning, though they leave meanwhile',
  async (t) => {
    const list = members();
    for (const name of 'abcdef') list.add(named(name));
    const seen: string[] = [];
    for (const one of list) {
      seen.push(one.name);
      list.delete(one);
    }
    t.same(seen.sort(), ['a', 'b', 'c', 'd', 'e', 'f']);
    t.equal(list.size, 0);
  },
);
