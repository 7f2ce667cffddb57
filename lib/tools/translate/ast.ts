import type { ApiFunction } from './api.ts';
import type { CType, Field, RecordType } from './ctypes.ts';
import type { LibraryFunction } from './library.ts';
import type { Slot } from './survey/slots.ts';

/** What a name of the program stands for. */
export interface Sym {
  readonly name: string;
  /** Its name in TypeScript. */
  id: string;
  readonly kind: 'variable' | 'parameter' | 'function' | 'constant' | 'api' | 'library' | 'unknown';
  type: CType;
  /** Where the pointer in it comes from, of pointers. */
  slot?: Slot | undefined;
  /** Of a function: what it returns. */
  resultSlot?: Slot | undefined;
  readonly api?: ApiFunction;
  readonly library?: LibraryFunction;
  readonly value?: number | bigint | string | true;
  readonly isGlobal?: boolean;
  readonly isStatic?: boolean;
  readonly params?: readonly Sym[];
  /** Of a parameter: whether it points to what is `const`. */
  readonly constant?: boolean;
  /** Of a function: whether this file has its body. */
  defined?: boolean;
  /** Facts of the survey. */
  addressTaken?: boolean;
  assigned?: number;
  /** Of a variable: whether it, or what is in it, is changed after it was initialised. */
  changed?: boolean;
  /** Of a pointer to a pointer: whether NULL is given for it. */
  mayLack?: boolean;
  /** Whether it is called, or only taken as a value. */
  taken?: boolean;
  /** Of a variable: whether no negative number is ever stored in it. */
  natural?: boolean;
  /** Of a size: whether it is made smaller, and may so go below zero. */
  wraps?: boolean;
  /** Of a variable: the function it belongs to. */
  owner?: Sym | undefined;
  /** Of a global: whether another file defines it. */
  isExtern?: boolean;
  /** Whether that file is one of those that are translated. */
  linked?: boolean;
  /** Of an unknown name: whether the program declares it, in a way that is not understood. */
  readonly lost?: boolean;
  /** Of a function or global: the module that has it, and whether others import it from there. */
  home?: string;
  exported?: boolean;
  /** Of a constant: the expression of its #define. */
  expression?: Expr;
}

interface Node {
  readonly type: CType;
}
export interface NumberExpr extends Node {
  readonly k: 'number';
  readonly value: number | bigint;
  readonly text: string;
}
export interface CharExpr extends Node {
  readonly k: 'char';
  readonly value: number;
  readonly text: string;
}
export interface StringExpr extends Node {
  readonly k: 'string';
  /** The characters; of a binary one the bytes, each as a character. */
  readonly value: string;
  /** Whether escapes give bytes that are no characters, as "\\xff". */
  readonly binary?: boolean;
  /** How many elements an array that it initialises has: with the NUL. */
  readonly size: number;
}
export interface NameExpr extends Node {
  readonly k: 'name';
  readonly sym: Sym;
}
export interface CallExpr extends Node {
  readonly k: 'call';
  readonly callee: Expr;
  readonly args: readonly Expr[];
}
export interface UnaryExpr extends Node {
  readonly k: 'unary';
  readonly op: '-' | '+' | '~' | '!' | '*' | '&';
  readonly e: Expr;
}
export interface StepExpr extends Node {
  readonly k: 'step';
  readonly op: '++' | '--';
  readonly prefix: boolean;
  readonly e: Expr;
}
export interface BinaryExpr extends Node {
  readonly k: 'binary';
  readonly op: string;
  readonly l: Expr;
  readonly r: Expr;
}
export interface AssignExpr extends Node {
  readonly k: 'assign';
  /** Without the `=`: empty for a plain assignment. */
  readonly op: string;
  readonly l: Expr;
  readonly r: Expr;
}
export interface ConditionalExpr extends Node {
  readonly k: 'conditional';
  readonly c: Expr;
  readonly a: Expr;
  readonly b: Expr;
}
export interface CastExpr extends Node {
  readonly k: 'cast';
  readonly e: Expr;
}
export interface IndexExpr extends Node {
  readonly k: 'index';
  readonly e: Expr;
  readonly i: Expr;
}
export interface MemberExpr extends Node {
  readonly k: 'member';
  readonly e: Expr;
  readonly record: RecordType | undefined;
  readonly field: Field | undefined;
  readonly name: string;
  readonly arrow: boolean;
}
export interface SizeofExpr extends Node {
  readonly k: 'sizeof';
  readonly of: CType;
  readonly e: Expr | undefined;
}
export interface OffsetofExpr extends Node {
  readonly k: 'offsetof';
  readonly of: CType;
  readonly path: string;
}
export interface CommaExpr extends Node {
  readonly k: 'comma';
  readonly l: Expr;
  readonly r: Expr;
}
export interface ListItem {
  /** Where in what is initialised: the names of fields, the indexes of elements. */
  readonly path: readonly (string | number)[];
  readonly value: Expr;
}
export interface ListExpr extends Node {
  readonly k: 'list';
  readonly items: readonly ListItem[];
}
export interface UnknownExpr extends Node {
  readonly k: 'unknown';
  readonly text: string;
  readonly why: string;
}
export type Expr =
  | NumberExpr
  | CharExpr
  | StringExpr
  | NameExpr
  | CallExpr
  | UnaryExpr
  | StepExpr
  | BinaryExpr
  | AssignExpr
  | ConditionalExpr
  | CastExpr
  | IndexExpr
  | MemberExpr
  | SizeofExpr
  | OffsetofExpr
  | CommaExpr
  | ListExpr
  | UnknownExpr;

/** Where a statement or declaration is, for blank lines and reports. */
export interface Place {
  readonly row: number;
  readonly endRow: number;
  /** The C text. */
  readonly text: string;
}
export interface Variable {
  readonly sym: Sym;
  readonly init: Expr | undefined;
}
export type Stmt = Place &
  (
    | { readonly k: 'expr'; readonly e: Expr }
    | { readonly k: 'variables'; readonly variables: readonly Variable[] }
    | { readonly k: 'type'; readonly record?: RecordType; readonly items?: readonly Sym[] }
    | { readonly k: 'constant'; readonly sym: Sym; readonly e: Expr }
    | {
        readonly k: 'if';
        readonly c: Expr;
        readonly then: Stmt;
        readonly otherwise: Stmt | undefined;
      }
    | { readonly k: 'while'; readonly c: Expr; readonly body: Stmt }
    | { readonly k: 'do'; readonly c: Expr; readonly body: Stmt }
    | {
        readonly k: 'for';
        readonly init: Stmt | undefined;
        readonly c: Expr | undefined;
        readonly step: Expr | undefined;
        readonly body: Stmt;
      }
    | { readonly k: 'switch'; readonly e: Expr; readonly cases: readonly Case[] }
    | { readonly k: 'return'; readonly e: Expr | undefined }
    | { readonly k: 'break' }
    | { readonly k: 'continue' }
    | { readonly k: 'goto'; readonly label: string }
    | { readonly k: 'label'; readonly label: string }
    | { readonly k: 'block'; readonly body: readonly Stmt[] }
    | {
        readonly k: 'try';
        readonly body: Stmt;
        readonly how: 'finally' | 'catch';
        readonly last: Stmt;
      }
    | { readonly k: 'empty' }
    | { readonly k: 'comment' }
    | { readonly k: 'function'; readonly sym: Sym; readonly body: readonly Stmt[] }
    | { readonly k: 'todo'; readonly why: string }
  );

export interface Case {
  /** Undefined for `default`. */
  readonly values: readonly (Expr | undefined)[];
  readonly body: readonly Stmt[];
  readonly row: number;
}

export interface Program {
  readonly items: readonly Stmt[];
  readonly functions: readonly Sym[];
  readonly globals: readonly Sym[];
  readonly records: readonly RecordType[];
}
