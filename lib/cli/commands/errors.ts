import { CODE_NAMES, IP_STATUS_NAMES } from '../../ffi/codes.g.ts';
import { systemMessage } from '../../ffi/errors/system-message.ts';
import { CAUSES } from '../causes.ts';
import {
  documentation,
  EXPLANATIONS,
  IP_STATUS_DOCUMENTATION,
  IP_STATUS_EXPLANATIONS,
} from '../explanations.ts';
import { type Answer, list, NotFound, notFound, table } from '../output.ts';

/** FACILITY_WIN32: an HRESULT that carries one of these codes. */
const HRESULT_WIN32 = 0x80070000;

function parseCode(text: string): number | undefined {
  if (!/^(-?\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
  const code = Number(text) >>> 0;
  return (code & 0xffff0000) >>> 0 === HRESULT_WIN32 ? code & 0xffff : code;
}

/** A numbering of error codes, and what is known of it. */
interface Numbering {
  readonly names: ReadonlyArray<readonly [code: number, name: string]>;
  readonly meanings: Readonly<Record<number, string>>;
  readonly system: (code: number) => string | undefined;
  readonly see: (code: number) => string;
  /** Whose numbers these are, where the numbers are not Windows' own. */
  readonly of?: string;
}

const WINDOWS: Numbering = {
  names: CODE_NAMES,
  meanings: EXPLANATIONS,
  system: (code) => systemMessage(code) || undefined,
  see: documentation,
};

const IP_STATUS: Numbering = {
  names: IP_STATUS_NAMES,
  meanings: IP_STATUS_EXPLANATIONS,
  system: () => undefined,
  see: () => IP_STATUS_DOCUMENTATION,
  of: 'ICMP functions (IP status)',
};

const NUMBERINGS = [WINDOWS, IP_STATUS];

function namesOf(code: number, { names }: Numbering): string[] {
  return names.filter(([one]) => one === code).map(([, name]) => name);
}

/** What people who met it found to be the cause. */
function causesOf(code: number, of: string | undefined): [label: string, text: string][] {
  if (of !== undefined) return [];
  return (CAUSES[code] ?? []).map(({ what, remedy, see }, index) => [
    index === 0 ? 'often' : '',
    [what, remedy, see].filter(Boolean).join('\n'),
  ]);
}

/** What one numbering says of a code; nothing where it does not know it. */
function described(code: number, numbering: Numbering): Answer | undefined {
  const names = namesOf(code, numbering);
  const [name, ...others] = names;
  const message = numbering.system(code);
  if (!name && !message) return undefined;
  const meaning = numbering.meanings[code];
  const hex = `0x${code.toString(16)}`;
  const doc = numbering.see(code);
  const { of } = numbering;
  return {
    text: list([
      [String(code), name ?? `ERROR_${code}`],
      ['', meaning],
      ...causesOf(code, of),
      ['from', of],
      ['also', others.join(', ')],
      ['hex', of ? hex : `${hex}, as HRESULT 0x${(HRESULT_WIN32 + (code & 0xffff)).toString(16)}`],
      ['Windows says', message],
      ['see', doc],
    ]),
    data: {
      code,
      name,
      names,
      meaning,
      causes: of ? undefined : CAUSES[code],
      message,
      doc,
      ...(of ? { from: of } : {}),
    },
  };
}

/** What a code means, in each numbering that has it: 11010 is two errors. */
function explain(code: number, wanted: string): Answer {
  const found = NUMBERINGS.map((numbering) => described(code, numbering)).filter(
    (answer) => answer !== undefined,
  );
  const [first, ...others] = found;
  if (!first) throw new NotFound(`the headers have no name for ${wanted}.`);
  return {
    text: found.map(({ text }) => text).join('\n\n'),
    data:
      others.length === 0
        ? first.data
        : { ...(first.data as object), others: others.map(({ data }) => data) },
  };
}

/** The codes that have a name or a piece of one in them, by numbering. */
function listed(wanted: string): Answer {
  const rows = NUMBERINGS.flatMap(({ names, meanings, system }) => {
    const matching = names.filter(([, name]) => name.includes(wanted)).map(([code]) => code);
    return [...new Set(matching)].map((code) => ({
      code,
      name: names.find(([one]) => one === code)![1],
      meaning: meanings[code] ?? system(code),
    }));
  });
  return {
    text: table(
      ['code', 'name', 'meaning'],
      rows.map(({ code, name, meaning }) => [code, name, meaning]),
    ),
    data: rows,
  };
}

/** What a code or a name means; a piece of a name gives all that have it, and nothing gives all. */
export function errors(wanted = ''): Answer {
  const code = parseCode(wanted);
  if (code !== undefined) return explain(code, wanted);
  const text = wanted.toUpperCase();
  for (const numbering of NUMBERINGS) {
    // Node's names are those of Winsock without WSA: ECONNRESET.
    const exact = numbering.names.find(([, name]) => name === text || name === `WSA${text}`);
    const answer = exact && described(exact[0], numbering);
    if (answer) return answer;
  }
  const answer = listed(text);
  if ((answer.data as readonly unknown[]).length > 0) return answer;
  const known = NUMBERINGS.flatMap(({ names }) => names.map(([, name]) => name));
  throw notFound('error', wanted, known);
}
