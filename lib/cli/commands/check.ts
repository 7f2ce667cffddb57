import type { Checked, Whose } from '../../tools/check/index.ts';
import { summaryOf, tableOf } from '../check-report.ts';
import { onceEach } from '../given.ts';

export const CHECK = `winsock check [--all] [--as windows|wine] [TOPIC|FACT…]
                                  asks this system whether it answers as is relied on`;

const OPTIONS = ['--json', '--all', '--as'];

interface Wanted {
  json: boolean;
  all: boolean;
  as: Whose | undefined;
  names: string[];
}

function read(args: readonly string[]): Wanted | string {
  const wanted: Wanted = { json: false, all: false, as: undefined, names: [] };
  const again = onceEach();
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [option = '', inline] = word.split('=', 2);
    if (!word.startsWith('-')) wanted.names.push(word);
    else if (!OPTIONS.includes(option)) return `check has no option ${option}`;
    else if (option === '--json') wanted.json = true;
    else if (option === '--all') wanted.all = true;
    else {
      const wrong = again(option);
      if (wrong) return wrong;
      const whose = inline ?? rest.shift();
      if (whose !== 'windows' && whose !== 'wine') return '--as wants windows or wine';
      wanted.as = whose;
    }
  }
  return wanted;
}

/** Shows how far it is: a line that is written over in a terminal, one for each topic elsewhere. */
function progress(): (checked: Checked, done: number, of: number) => void {
  let topic = '';
  return ({ name }, done, of) => {
    const [current = ''] = name.split('/');
    if (process.stderr.isTTY) {
      const text = done === of ? '' : `${done} of ${of}  ${name}`;
      process.stderr.write(`\r\x1b[K${text}`);
    } else if (current !== topic) {
      process.stderr.write(`${done} of ${of}: ${current} …\n`);
    }
    topic = current;
  };
}

/**
 * Asks the system for facts. Exit code: 0 where all is as expected, 1 where an answer differs, 2 where a
 * program of a fact broke, or the command makes no sense.
 */
export async function check(
  args: readonly string[],
  misused: (message: string) => number,
): Promise<number> {
  const wanted = read(args);
  if (typeof wanted === 'string') return misused(wanted);
  if (process.platform !== 'win32') {
    console.error(
      'winsock: the facts are of Windows’ sockets; this command needs Windows, or Wine.',
    );
    return 2;
  }
  const tool = await import('../../tools/check/index.ts');
  if (!tool.factsOf(wanted.names)) {
    const topics = tool.TOPICS.map(({ name }) => name).join(', ');
    return misused(`check knows these topics: ${topics}`);
  }
  const { all, as, names } = wanted;
  const report = await tool.check({ all, as, names, onChecked: progress() });
  if (wanted.json) console.log(JSON.stringify(report, null, 2));
  else console.log(`${tableOf(report.facts)}\n\n${summaryOf(report)}`);
  const some = (status: string) => report.facts.some((one) => one.status === status);
  return some('broken') ? 2 : some('differs') ? 1 : 0;
}
