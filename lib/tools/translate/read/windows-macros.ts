/** Names that windows.h or a compiler has as macros or annotations, and what they are without them. */

const NOTHING =
  'WINAPI CALLBACK APIENTRY PASCAL FAR far near __cdecl _cdecl __stdcall _stdcall __fastcall WSAAPI ' +
  'WINBASEAPI WINSOCK_API_LINKAGE __CRTDECL CDECL STDMETHODCALLTYPE IN OUT OPTIONAL __in __out __inout ' +
  '__in_opt __out_opt _In_ _Out_ _Inout_ _In_opt_ _Out_opt_ _Inout_opt_ _In_z_ _Outptr_ _Ret_maybenull_ ' +
  '_In_opt_z_ _Printf_format_string_ __inline _inline __forceinline FORCEINLINE inline _Noreturn ' +
  'DECLSPEC_NORETURN EXTERN_C volatile register __restrict restrict __volatile__ __extension__ ' +
  '__unused _Check_return_ _Must_inspect_result_ UNALIGNED _Success_ __RPC_FAR';

const WITH_ARGUMENTS =
  '_In_reads_ _In_reads_bytes_ _Out_writes_ _Out_writes_bytes_ _Inout_updates_ _Out_writes_z_ _In_range_ ' +
  '_Out_writes_to_ _Out_writes_bytes_to_ _When_ _Success_ __declspec __attribute__ __in_ecount ' +
  '__out_ecount __out_bcount __in_bcount __success _Inout_updates_bytes_ _In_reads_opt_ ' +
  '_In_reads_bytes_opt_ _Out_writes_opt_ _Out_writes_bytes_opt_ DECLSPEC_ALIGN _Static_assert __asm__';

/** The _t names: what they are without and with UNICODE. */
const GENERIC: Readonly<Record<string, readonly [string, string]>> = {
  _tmain: ['main', 'wmain'],
  _tWinMain: ['WinMain', 'wWinMain'],
  _tprintf: ['printf', 'wprintf'],
  _ftprintf: ['fprintf', 'fwprintf'],
  _stprintf: ['sprintf', '_swprintf'],
  _stprintf_s: ['sprintf_s', 'swprintf_s'],
  _sntprintf: ['_snprintf', '_snwprintf'],
  _sntprintf_s: ['_snprintf_s', '_snwprintf_s'],
  _vstprintf: ['vsprintf', 'vswprintf'],
  _tscanf: ['scanf', 'wscanf'],
  _stscanf: ['sscanf', 'swscanf'],
  _putts: ['puts', '_putws'],
  _fputts: ['fputs', 'fputws'],
  _fgetts: ['fgets', 'fgetws'],
  _getts: ['gets', '_getws'],
  _tcslen: ['strlen', 'wcslen'],
  _tcscpy: ['strcpy', 'wcscpy'],
  _tcscpy_s: ['strcpy_s', 'wcscpy_s'],
  _tcsncpy: ['strncpy', 'wcsncpy'],
  _tcsncpy_s: ['strncpy_s', 'wcsncpy_s'],
  _tcscat: ['strcat', 'wcscat'],
  _tcscat_s: ['strcat_s', 'wcscat_s'],
  _tcscmp: ['strcmp', 'wcscmp'],
  _tcsicmp: ['_stricmp', '_wcsicmp'],
  _tcsnicmp: ['_strnicmp', '_wcsnicmp'],
  _tcsncmp: ['strncmp', 'wcsncmp'],
  _tcschr: ['strchr', 'wcschr'],
  _tcsrchr: ['strrchr', 'wcsrchr'],
  _tcsstr: ['strstr', 'wcsstr'],
  _tcstok: ['strtok', 'wcstok'],
  _tcstol: ['strtol', 'wcstol'],
  _tcstoul: ['strtoul', 'wcstoul'],
  _tcsdup: ['_strdup', '_wcsdup'],
  _ttoi: ['atoi', '_wtoi'],
  _ttol: ['atol', '_wtol'],
  _tfopen: ['fopen', '_wfopen'],
  _tperror: ['perror', '_wperror'],
  _totlower: ['tolower', 'towlower'],
  _totupper: ['toupper', 'towupper'],
  _istdigit: ['isdigit', 'iswdigit'],
  _tstoi: ['atoi', '_wtoi'],
  _tstol: ['atol', '_wtol'],
  _istspace: ['isspace', 'iswspace'],
  _vsntprintf: ['_vsnprintf', '_vsnwprintf'],
  _vtprintf: ['vprintf', 'vwprintf'],
  _vftprintf: ['vfprintf', 'vfwprintf'],
  _fputtc: ['fputc', 'fputwc'],
  _puttchar: ['putchar', 'putwchar'],
  _tcsspn: ['strspn', 'wcsspn'],
  _tcscspn: ['strcspn', 'wcscspn'],
  _tcspbrk: ['strpbrk', 'wcspbrk'],
  _tcsncat: ['strncat', 'wcsncat'],
  _tgetenv: ['getenv', '_wgetenv'],
  _tsystem: ['system', '_wsystem'],
  _tremove: ['remove', '_wremove'],
};

/** What limits.h and math.h say of Windows' types. */
const LIMITS: Readonly<Record<string, string>> = {
  CHAR_BIT: '8',
  SCHAR_MIN: '(-128)',
  SCHAR_MAX: '127',
  UCHAR_MAX: '0xff',
  CHAR_MIN: '(-128)',
  CHAR_MAX: '127',
  SHRT_MIN: '(-32768)',
  SHRT_MAX: '32767',
  USHRT_MAX: '0xffff',
  INT_MIN: '(-2147483648)',
  INT_MAX: '2147483647',
  UINT_MAX: '0xffffffff',
  LONG_MIN: '(-2147483648)',
  LONG_MAX: '2147483647',
  ULONG_MAX: '0xffffffff',
  UINT16_MAX: '0xffff',
  UINT32_MAX: '0xffffffff',
  INT32_MAX: '2147483647',
  MAXDWORD: '0xffffffff',
  MAXWORD: '0xffff',
  HUGE_VAL: '1e999',
  M_PI: '3.14159265358979323846',
};

/** The text of the definitions. */
export function WINDOWS_MACROS(unicode: boolean): string[] {
  const text = unicode ? 'L##x' : 'x';
  return [
    ...NOTHING.split(' '),
    ...WITH_ARGUMENTS.split(' ').map((name) => `${name}(...)`),
    ...['_T', '_TEXT', 'TEXT', '__T', '__TEXT'].map((name) => `${name}(x) ${text}`),
    ...Object.entries(GENERIC).map(([name, pair]) => `${name} ${pair[unicode ? 1 : 0]}`),
    'CONST const',
    '__const const',
    '_int64 __int64',
    '__int32 int',
    '__int16 short',
    '__int8 char',
    '__func__ __FUNCTION__',
    'UNREFERENCED_PARAMETER(x)',
    'DBG_UNREFERENCED_PARAMETER(x)',
    'UNREFERENCED_LOCAL_VARIABLE(x)',
    '_countof(x) ARRAYSIZE(x)',
    '_ARRAYSIZE(x) ARRAYSIZE(x)',
    'RTL_NUMBER_OF(x) ARRAYSIZE(x)',
    '__leave goto __leave_label',
    'far_proc FARPROC',
    '_TCHAR TCHAR',
    ...['', 'A', 'W'].map((end) => `CreateWindow${end}(...) CreateWindowEx${end}(0, __VA_ARGS__)`),
    'va_arg(list, type) ((type)__va_arg(list))',
    'va_copy(to, from) va_start(to, from)',
    'MAKELANGID(p, s) ((((WORD)(s)) << 10) | (WORD)(p))',
    'FAILED(x) (((HRESULT)(x)) < 0)',
    'SUCCEEDED(x) (((HRESULT)(x)) >= 0)',
    ...Object.entries(LIMITS).map(([name, value]) => `${name} ${value}`),
    'S_OK 0',
    'S_FALSE 1',
    'REG_SZ 1',
    'REG_BINARY 3',
    'REG_DWORD 4',
  ];
}
