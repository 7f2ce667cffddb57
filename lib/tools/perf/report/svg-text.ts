/** What pictures are written with. */

/** The colours of every picture, in light and dark. */
export const SVG_STYLE = `
.panel{fill:#fff}text{fill:#24292f;stroke:none}.title{font-size:16px;font-weight:600}
.note{fill:#57606a}.head{font-weight:600}.grid{stroke:#8a8f98;stroke-opacity:.35}
@media(prefers-color-scheme:dark){
.panel{fill:#161b22}text{fill:#e6edf3}.note{fill:#9aa4af}
}`;

export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

export function svgText(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes}>${escaped(content)}</text>`;
}
