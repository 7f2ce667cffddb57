#!/usr/bin/env node
/**
 * The command `winsock`: error codes, structures and functions explained, installed providers, tracing.
 *
 * @module
 */
import { main } from './cli/main.ts';

export { main };

process.exitCode = await main(process.argv.slice(2));
