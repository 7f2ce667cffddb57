/** What a program may be started with: an agent that takes more memory than a small thread has. */
globalThis.agent = Array.from({ length: 400000 }, (_, i) => ({ i, name: `agent ${i}` }));
