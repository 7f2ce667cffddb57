// The vocabulary that the catalogue of facts is written in.

import type { Session } from './session.ts';

/** Where it is known from what Windows answers. */
export type Source =
  /** A test asserts it that its authors run on Windows. */
  | { readonly kind: 'tested'; readonly by: string; readonly at: string }
  /** A comment or code of a project that runs on Windows says so. */
  | { readonly kind: 'stated'; readonly by: string; readonly at: string }
  | { readonly kind: 'documented'; readonly url: string }
  /** Nobody says it plainly; it follows from what is named. */
  | { readonly kind: 'inferred'; readonly from: string };

/** What a system answers from one build on, until the next. The first is that of the oldest supported. */
export interface AnswerSince {
  readonly build: number;
  readonly answer: string;
}

export type Expected = string | readonly [AnswerSince, ...AnswerSince[]];

export interface Fact {
  /** Unique in its topic. */
  readonly id: string;
  /** The function or structure that it is about, under its C name. */
  readonly api: string;
  /** One sentence, true of Windows. */
  readonly says: string;
  readonly source: Source;
  /** What Windows answers; the text that `ask` gives there. */
  readonly windows: Expected;
  /** What Wine 10 answers, where it is something else; several where it depends on the moment. */
  readonly wine?: string | readonly string[];
  /** Who depends on it: a file of this project, and a word that stands in it. */
  readonly reliedOn: readonly string[];
  /** It takes seconds, so it is asked on demand only. */
  readonly slow?: true;
  /** It leaves something behind in its process, or may end it: it gets one of its own. */
  readonly alone?: true;
  /** Asks the system at hand, through the public interface only. */
  ask(on: Session): string | Promise<string>;
}

export interface Topic {
  /** The first part of the names of its facts. */
  readonly name: string;
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** Thrown by a fact that this system cannot be asked for. */
export class Skipped extends Error {}

/** Ends the program of a fact, with the reason why this system cannot be asked. */
export function skip(reason: string): never {
  throw new Skipped(reason);
}

export const wineTest = (at: string): Source => ({ kind: 'tested', by: 'Wine', at });

export const tested = (by: string, at: string): Source => ({ kind: 'tested', by, at });

export const stated = (by: string, at: string): Source => ({ kind: 'stated', by, at });

/** @param page what follows https://learn.microsoft.com/windows/win32/ */
export const documented = (page: string): Source => ({
  kind: 'documented',
  url: `https://learn.microsoft.com/windows/win32/${page}`,
});

/** A page of the reference of winsock2.h, ws2tcpip.h or mswsock.h: `winsock2/recv`. */
export function reference(page: string): Source {
  const [header = '', name = ''] = page.split('/');
  return documented(`api/${header}/nf-${header}-${name}`);
}

export const inferred = (from: string): Source => ({ kind: 'inferred', from });
