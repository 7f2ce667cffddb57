export * from './ffi/index.ts';
