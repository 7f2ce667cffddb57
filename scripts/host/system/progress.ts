/** Progress on standard error: one line that is rewritten on a terminal, few plain lines elsewhere. */
export interface Step {
  /** A percentage, or a word on what is going on. */
  update(detail: string): void;
  done(detail?: string): void;
}

const interval = 10_000;

export function step(title: string): Step {
  const out = process.stderr;
  let printed = Date.now();
  let open = false;
  const rewrite = (text: string) => {
    const width = (out.columns ?? 80) - 1;
    out.write(`\r\x1b[K${text.slice(0, width)}`);
    open = true;
  };
  if (out.isTTY) rewrite(`winsock: ${title} …`);
  else out.write(`winsock: ${title} …\n`);
  return {
    update(detail) {
      if (out.isTTY) rewrite(`winsock: ${title} … ${detail}`);
      else if (Date.now() - printed >= interval) {
        printed = Date.now();
        out.write(`winsock: ${title} … ${detail}\n`);
      }
    },
    done(detail) {
      if (out.isTTY && open) out.write('\r\x1b[K');
      if (out.isTTY) out.write(`winsock: ${title}: ${detail ?? 'done'}\n`);
      else if (detail) out.write(`winsock: ${title}: ${detail}\n`);
    },
  };
}
