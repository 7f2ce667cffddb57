import { CODE_NAMES } from '../ffi/codes.g.ts';
import { systemMessage } from '../ffi/errors/system-message.ts';
import { documentation, EXPLANATIONS } from './explanations.ts';
import { type Answer, list, NotFound, notFound, table } from './output.ts';

/** FACILITY_WIN32: an HRESULT that carries one of these codes. */
const HRESULT_WIN32 = 0x80070000;

function parseCode(text: string): number | undefined {
  if (!/^(-?\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
  const code = Number(text) >>> 0;
  return (code & 0xffff0000) >>> 0 === HRESULT_WIN32 ? code & 0xffff : code;
}

function namesOf(code: number): string[] {
  return CODE_NAMES.filter(([one]) => one === code).map(([, name]) => name);
}

function explain(code: number, wanted = String(code)): Answer {
  const [name, ...others] = namesOf(code);
  const system = systemMessage(code) || undefined;
  const meaning = EXPLANATIONS[code];
  if (!name && !system) throw new NotFound(`the headers have no name for ${wanted}.`);
  const hex = `0x${code.toString(16)}`;
  const see = documentation(code);
  return {
    text: list([
      [String(code), name ?? `ERROR_${code}`],
      ['', meaning],
      ['also', others.join(', ')],
      ['hex', `${hex}, as HRESULT 0x${(HRESULT_WIN32 + (code & 0xffff)).toString(16)}`],
      ['Windows says', system],
      ['see', see],
    ]),
    data: { code, name, names: namesOf(code), meaning, message: system, doc: see },
  };
}

function listed(codes: readonly number[]): Answer {
  const rows = codes.map((code) => ({
    code,
    name: namesOf(code)[0],
    meaning: EXPLANATIONS[code] ?? (systemMessage(code) || undefined),
  }));
  return {
    text: table(
      ['code', 'name', 'meaning'],
      rows.map(({ code, name, meaning }) => [code, name, meaning]),
    ),
    data: rows,
  };
}

/** What a code or a name means; a piece of a name gives all that have it, and nothing gives all. */
export function errors(wanted: string | undefined): Answer {
  const codes = [...new Set(CODE_NAMES.map(([code]) => code))];
  if (wanted === undefined) return listed(codes);
  const code = parseCode(wanted);
  if (code !== undefined) return explain(code, wanted);
  const text = wanted.toUpperCase();
  // Node's names are those of Winsock without WSA: ECONNRESET.
  const exact = [text, `WSA${text}`]
    .map((name) => CODE_NAMES.find(([, known]) => known.toUpperCase() === name))
    .find((found) => found !== undefined);
  if (exact) return explain(exact[0]);
  const matching = CODE_NAMES.filter(([, name]) => name.toUpperCase().includes(text));
  if (matching.length === 0) {
    throw notFound(
      'error',
      wanted,
      CODE_NAMES.map(([, name]) => name),
    );
  }
  return listed([...new Set(matching.map(([one]) => one))]);
}
