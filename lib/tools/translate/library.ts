import {
  CHAR,
  type CType,
  DOUBLE,
  FILE,
  type FunctionType,
  INT,
  INT64,
  INTPTR,
  LONG,
  pointerTo,
  type RecordType,
  SIZE,
  UINT64,
  ULONG,
  VOID,
  WCHAR,
} from './ctypes.ts';

/**
 * What happens to an argument: `text` is read, `into` is written as characters, `memory` is read and
 * `fill` written as bytes, `free` is done with, `end` is a `char **` that is set; `values` and `places` are
 * those of printf and scanf.
 */
export type Role =
  | 'text'
  | 'into'
  | 'memory'
  | 'fill'
  | 'free'
  | 'end'
  | 'number'
  | 'big'
  | 'file'
  | 'function'
  | 'time'
  | 'record'
  | 'object'
  | 'values'
  | 'places';

/** What the result is: of `alias` a place in the first argument, or NULL; of `same` the first argument. */
export type Gives = 'value' | 'alias' | 'same' | 'string' | 'bytes' | 'file' | 'record' | 'nothing';

export interface LibraryFunction {
  /** Its name in winsock/c. */
  readonly name: string;
  readonly type: FunctionType;
  readonly roles: readonly Role[];
  readonly gives: Gives;
  readonly nullable: boolean;
  /** Whether it never returns. */
  readonly ends?: boolean;
  readonly wide: boolean;
}

export const TM: RecordType = {
  k: 'record',
  name: 'tm',
  union: false,
  api: false,
  plain: true,
  fields: 'tm_sec tm_min tm_hour tm_mday tm_mon tm_year tm_wday tm_yday tm_isdst'
    .split(' ')
    .map((name) => ({ name, type: INT })),
};

/** The arguments behind the named ones. */
export const VA_LIST: RecordType = {
  k: 'record',
  name: 'va_list',
  union: false,
  api: false,
  plain: true,
  fields: [],
};

const ROLES: Readonly<Record<string, readonly [Role, CType]>> = {
  s: ['text', pointerTo(CHAR)],
  d: ['into', pointerTo(CHAR)],
  b: ['memory', pointerTo(VOID)],
  m: ['fill', pointerTo(VOID)],
  r: ['free', pointerTo(VOID)],
  e: ['end', pointerTo(pointerTo(CHAR))],
  i: ['number', INT],
  z: ['number', SIZE],
  f: ['number', DOUBLE],
  l: ['big', INT64],
  t: ['number', INTPTR],
  T: ['time', pointerTo(INTPTR)],
  F: ['file', pointerTo(FILE)],
  c: ['function', pointerTo(VOID)],
  R: ['record', pointerTo(TM)],
  q: ['time', pointerTo(SIZE)],
  g: ['object', VOID],
  '.': ['values', VOID],
  '&': ['places', VOID],
};
const RESULTS: Readonly<Record<string, readonly [Gives, CType]>> = {
  i: ['value', INT],
  n: ['value', LONG],
  u: ['value', ULONG],
  z: ['value', SIZE],
  t: ['value', INTPTR],
  f: ['value', DOUBLE],
  l: ['value', INT64],
  L: ['value', UINT64],
  v: ['nothing', VOID],
  s: ['string', pointerTo(CHAR)],
  A: ['alias', pointerTo(CHAR)],
  D: ['same', pointerTo(CHAR)],
  P: ['same', pointerTo(VOID)],
  B: ['bytes', pointerTo(VOID)],
  C: ['bytes', pointerTo(CHAR)],
  F: ['file', pointerTo(FILE)],
  R: ['record', pointerTo(TM)],
  x: ['nothing', VOID],
};

/** The result, then the arguments; `?` marks a result that may be NULL. */
const NARROW = `
printf i s. | printf_s i s. | fprintf_s i Fs. | fprintf i Fs. | sprintf i ds. | wsprintf i ds. | wsprintfA i ds. | snprintf i dzs. | _snprintf i dzs. | sprintf_s i dzs.
_snprintf_s i dzzs. | puts i s | fputs i sF | putchar i i | putc i iF | fputc i iF | perror v s
scanf i s& | sscanf i ss& | fscanf i Fs& | scanf_s i s& | sscanf_s i ss& | gets A? d | gets_s A? dz
fgets A? diF | getchar i | getc i F | fgetc i F | ungetc i iF | _getch i | getch i | _kbhit i | kbhit i
_getche i | _putch i i
fopen F? ss | fopen_s i ess | fclose i F | fread z mzzF | fwrite z bzzF | fseek i Fni | ftell n F | rewind v F
feof i F | ferror i F | fflush i F | remove i s | rename i ss | setbuf v FP | setvbuf i FPiz | fileno i F
_fileno i F | _setmode i ii | access i si | _access i si
strlen z s | strnlen z sz | strcpy D ds | strncpy D dsz | strcat D ds | strncat D dsz
strcpy_s i dzs | strncpy_s i dzsz | strcat_s i dzs | strncat_s i dzsz
strcmp i ss | strncmp i ssz | _stricmp i ss | stricmp i ss | strcasecmp i ss | _strnicmp i ssz | strnicmp i ssz
strncasecmp i ssz | strcmpi i ss | _strcmpi i ss | lstrcmp i ss | lstrcmpi i ss | lstrlen i s | lstrlenA i s | lstrcpy D ds
lstrcat D ds | lstrcpyn D dsi | lstrcpyA D ds | lstrcatA D ds | lstrcmpA i ss | lstrcmpiA i ss
strchr A? si | strrchr A? si | strstr A? ss | strpbrk A? ss | strspn z ss | strcspn z ss | strtok A? ds
strtok_s A? dse | strtok_r A? dse | strdup C s | _strdup C s | strerror s i | _strlwr D d | _strupr D d | strlwr D d | strupr D d
strrev D d | _strrev D d | atoi i s | atol n s | atof f s | _atoi64 l s | atoll l s | strtol n sei | strtoul u sei | strtod f se
strtoull L sei | strtoll l sei | itoa D idi | _itoa D idi | _ltoa D idi | ltoa D idi | _ultoa D idi | isdigit i i | isalpha i i | isalnum i i | isspace i i | isupper i i
islower i i | isprint i i | ispunct i i | isxdigit i i | iscntrl i i | isgraph i i | toupper i i | tolower i i
memcpy P mbz | memmove P mbz | memset P miz | memcmp i bbz | memchr A? biz | memcpy_s i mzbz | memmove_s i mzbz
CopyMemory v mbz | RtlCopyMemory v mbz | MoveMemory v mbz | RtlMoveMemory v mbz | ZeroMemory v mz | RtlZeroMemory v mz
FillMemory v mzi | SecureZeroMemory P mz | bzero v mz | bcopy v bmz
malloc B z | calloc B zz | realloc B rz | free v r | _alloca B z | alloca B z | _aligned_malloc B zz | _aligned_free v r
time t T | clock n | difftime f tt | ctime s T | asctime s R | localtime R? T | gmtime R? T | mktime t R | strftime z dzsR
localtime_s i RT | gmtime_s i RT | _time64 t T | _ftime v r
rand i | srand v i | exit x i | _exit x i | abort x | atexit i c | abs i i | labs n n | fabs f f | sqrt f f | pow f ff | ceil f f | floor f f
log f f | log10 f f | exp f f | fmod f ff | sin f f | cos f f | round f f | sqrtf f f | powf f ff | fabsf f f | floorf f f | ceilf f f | roundf f f | sinf f f | cosf f f | tan f f | atan f f | atan2 f ff | trunc f f
getenv s? s | system i s | _sleep v i | assert v i | qsort v mzzc | bsearch B? bbzzc | _flushall i
_open i sii | open i sii | _read i imz | read i imz | _write i ibz | write i ibz | _close i i | close i i | _lseek n ini | lseek n ini
_putenv i s | setlocale s is | _endthreadex v i | _endthread v | ExitThread v i | ExitProcess x i
StringCchPrintf i dzs. | StringCbPrintf i dzs. | StringCchPrintfA i dzs. | StringCbPrintfA i dzs. | StringCchCopy i dzs | StringCbCopy i dzs | StringCchCopyA i dzs | StringCbCopyA i dzs
StringCchCat i dzs | StringCbCat i dzs | StringCchCatA i dzs | StringCbCatA i dzs | StringCchLength i szq | StringCbLength i szq | StringCchLengthA i szq | StringCbLengthA i szq | StringCchCopyN i dzsz | StringCbCopyN i dzsz
 htonll L l | ntohll L l | errno_text s
`;
const WIDE = `
wprintf i s. | wprintf_s i s. | fwprintf i Fs. | wsprintfW i ds. | _swprintf i ds. | swprintf i dzs. | swprintf_s i dzs. | _snwprintf i dzs. | _snwprintf_s i dzzs.
_putws i s | fputws i sF | wscanf i s& | swscanf i ss& | fgetws A? diF | _getws A? d | fputwc i iF | putwchar i i | _wperror v s
wcslen z s | wcscpy D ds | wcsncpy D dsz | wcscat D ds | wcsncat D dsz | wcscpy_s i dzs | wcsncpy_s i dzsz | wcscat_s i dzs | wcsncat_s i dzsz
wcscmp i ss | wcsncmp i ssz | _wcsicmp i ss | wcsicmp i ss | _wcsnicmp i ssz | wcschr A? si | wcsrchr A? si | wcsstr A? ss | wcstok A? ds
wcstok_s A? dse | _wcsdup C s | wcsdup C s | _wtoi i s | _wtol n s | wcstol n sei | wcstoul u sei | towlower i i | towupper i i | iswdigit i i | iswspace i i | _wfopen F? ss
StringCchPrintfW i dzs. | StringCbPrintfW i dzs. | StringCchCopyW i dzs | StringCbCopyW i dzs | StringCchCatW i dzs | StringCbCatW i dzs | StringCchLengthW i szq | StringCbLengthW i szq
StringFromGUID2 i gdi | lstrlenW i s | lstrcmpW i ss | lstrcmpiW i ss | lstrcpyW D ds | lstrcatW D ds
`;

/** Functions under whose other names winsock/c has them. */
const SAME: Readonly<Record<string, string>> = {
  stricmp: '_stricmp',
  strcasecmp: '_stricmp',
  strcmpi: '_stricmp',
  _strcmpi: '_stricmp',
  lstrcmpi: '_stricmp',
  lstrcmpiA: '_stricmp',
  lstrcmpiW: '_wcsicmp',
  strnicmp: '_strnicmp',
  strncasecmp: '_strnicmp',
  lstrcmp: 'strcmp',
  lstrcmpA: 'strcmp',
  lstrcmpW: 'wcscmp',
  lstrlen: 'strlen',
  lstrlenA: 'strlen',
  lstrlenW: 'wcslen',
  lstrcpy: 'strcpy',
  lstrcpyA: 'strcpy',
  lstrcpyW: 'wcscpy',
  lstrcat: 'strcat',
  lstrcatA: 'strcat',
  lstrcatW: 'wcscat',
  lstrcpyn: 'lstrcpyn',
  wsprintf: 'sprintf',
  wsprintfA: 'sprintf',
  wsprintfW: '_swprintf',
  getch: '_getch',
  kbhit: '_kbhit',
  _strdup: 'strdup',
  wcsdup: '_wcsdup',
  strlwr: '_strlwr',
  strupr: '_strupr',
  strrev: '_strrev',
  itoa: '_itoa',
  ltoa: '_ltoa',
  wcsicmp: '_wcsicmp',
  getc: 'fgetc',
  putc: 'fputc',
  strtok_r: 'strtok_s',
  scanf_s: 'scanf',
  sscanf_s: 'sscanf',
  RtlCopyMemory: 'CopyMemory',
  RtlMoveMemory: 'MoveMemory',
  RtlZeroMemory: 'ZeroMemory',
  _time64: 'time',
  fileno: '_fileno',
  printf_s: 'printf',
  fprintf_s: 'fprintf',
  wprintf_s: 'wprintf',
  access: '_access',
  _exit: 'exit',
  atoll: '_atoi64',
  sqrtf: 'sqrt',
  powf: 'pow',
  fabsf: 'fabs',
  floorf: 'floor',
  ceilf: 'ceil',
  roundf: 'round',
  sinf: 'sin',
  cosf: 'cos',
  ExitProcess: 'exit',
  ExitThread: '_endthreadex',
  _endthread: '_endthreadex',
  StringCchPrintfA: 'StringCchPrintf',
  StringCchPrintfW: 'StringCchPrintf',
  StringCbPrintfA: 'StringCbPrintf',
  StringCbPrintfW: 'StringCbPrintf',
  StringCchCopyA: 'StringCchCopy',
  StringCchCopyW: 'StringCchCopy',
  StringCbCopyA: 'StringCbCopy',
  StringCbCopyW: 'StringCbCopy',
  StringCchCatA: 'StringCchCat',
  StringCchCatW: 'StringCchCat',
  StringCbCatA: 'StringCbCat',
  StringCbCatW: 'StringCbCat',
  StringCchLengthA: 'StringCchLength',
  StringCchLengthW: 'StringCchLength',
  StringCbLengthA: 'StringCbLength',
  StringCbLengthW: 'StringCbLength',
  alloca: 'malloc',
  _alloca: 'malloc',
  _aligned_free: 'free',
  _aligned_malloc: 'malloc',
  open: '_open',
  read: '_read',
  write: '_write',
  close: '_close',
  lseek: '_lseek',
};

/** What winsock/c has; the others are known, so that a report says what they are. */
export const MISSING: ReadonlySet<string> = new Set(
  (
    'setbuf setvbuf _setmode _access _wfopen wcstok_s _ftime _flushall _putenv ' +
    'errno_text htonll ntohll _putch _getche atexit ' +
    'wscanf swscanf fgetws _getws _wperror fputwc putwchar'
  ).split(' '),
);

const functions = new Map<string, LibraryFunction>();
const ENDING = new Set(['exit', '_exit', 'abort', 'ExitProcess']);

function add(table: string, wide: boolean): void {
  const widen = (type: CType): CType =>
    wide && type.k === 'ptr' && type.to === CHAR
      ? pointerTo(WCHAR)
      : wide && type.k === 'ptr' && type.to.k === 'ptr'
        ? pointerTo(pointerTo(WCHAR))
        : type;
  for (const row of table.split(/[|\n]/)) {
    const [name, result, args = ''] = row.trim().split(/\s+/);
    if (!name || !result) continue;
    const [gives, type] = RESULTS[result[0]!]!;
    const roles = [...args].map((letter) => ROLES[letter] ?? ROLES.i!);
    functions.set(name, {
      name: SAME[name] ?? name,
      gives,
      roles: roles.map(([role]) => role),
      nullable: result.endsWith('?'),
      wide,
      ...(ENDING.has(name) && { ends: true }),
      type: {
        k: 'function',
        result: widen(type),
        params: roles
          .filter(([role]) => role !== 'values' && role !== 'places')
          .map(([, one], index) => ({ name: `arg${index}`, type: widen(one) })),
        variadic: /[.&]$/.test(args),
      },
    });
  }
}
add(NARROW, false);
add(WIDE, true);

export function libraryFunction(name: string): LibraryFunction | undefined {
  return functions.get(name);
}

/** Names of the library that are no functions, as winsock/c has them. */
const VARIABLES: Readonly<Record<string, readonly [id: string, type: CType]>> = {
  stdin: ['stdin', pointerTo(FILE)],
  stdout: ['stdout', pointerTo(FILE)],
  stderr: ['stderr', pointerTo(FILE)],
  errno: ['errno.value', INT],
  EOF: ['EOF', INT],
  LC_ALL: ['LC_ALL', INT],
  RAND_MAX: ['RAND_MAX', INT],
  EXIT_SUCCESS: ['EXIT_SUCCESS', INT],
  EXIT_FAILURE: ['EXIT_FAILURE', INT],
  CLOCKS_PER_SEC: ['CLOCKS_PER_SEC', LONG],
  SEEK_SET: ['SEEK_SET', INT],
  SEEK_CUR: ['SEEK_CUR', INT],
  SEEK_END: ['SEEK_END', INT],
  BUFSIZ: ['BUFSIZ', INT],
  _O_RDONLY: ['_O_RDONLY', INT],
  _O_WRONLY: ['_O_WRONLY', INT],
  _O_RDWR: ['_O_RDWR', INT],
  _O_APPEND: ['_O_APPEND', INT],
  _O_CREAT: ['_O_CREAT', INT],
  _O_TRUNC: ['_O_TRUNC', INT],
  _O_EXCL: ['_O_EXCL', INT],
  _O_TEXT: ['_O_TEXT', INT],
  _O_BINARY: ['_O_BINARY', INT],
  O_RDONLY: ['_O_RDONLY', INT],
  O_WRONLY: ['_O_WRONLY', INT],
  O_RDWR: ['_O_RDWR', INT],
  O_APPEND: ['_O_APPEND', INT],
  O_CREAT: ['_O_CREAT', INT],
  O_TRUNC: ['_O_TRUNC', INT],
  O_EXCL: ['_O_EXCL', INT],
  O_TEXT: ['_O_TEXT', INT],
  O_BINARY: ['_O_BINARY', INT],
  _S_IREAD: ['_S_IREAD', INT],
  _S_IWRITE: ['_S_IWRITE', INT],
  S_IREAD: ['_S_IREAD', INT],
  S_IWRITE: ['_S_IWRITE', INT],
};

export function libraryVariable(name: string): { id: string; type: CType } | undefined {
  if (!Object.hasOwn(VARIABLES, name)) return undefined;
  const [id, type] = VARIABLES[name]!;
  return { id, type };
}
