// The documentation site: guide, reference, TypeScript API and examples, as files that need no server.
//
// It is made from what the project has anyway: docs/*.md, defs/api.json, the declaration files, the
// examples. No site generator knows those: with some 1,400 pages of reference the general ones take
// minutes, and TypeDoc sees the generated definitions as constants of one generic type.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { coverage } from '../generate/coverage.ts';
import { projectDir } from '../host/system/paths.ts';
import { type Menus, type Page, renderPage } from './layout.ts';
import { brokenLinks } from './links.ts';
import type { Site } from './markdown.ts';
import { isFunction, isRecord, type Model, type Name, readModel } from './model.ts';
import { apiIndex, apiMenu, apiPages } from './pages/api.ts';
import { coveragePage } from './pages/coverage.ts';
import { type Example, examplePages, examplesMenu, readExamples } from './pages/examples.ts';
import {
  guideFiles,
  guideMenu,
  guidePages,
  guideUrl,
  homePage,
  readGuides,
} from './pages/guides.ts';
import { headerPage, referenceIndex, referenceMenu, targetOf, topicPage } from './pages/headers.ts';
import { namePage, type Uses } from './pages/names.ts';
import { searchRows } from './search.ts';
import { TOPICS } from './topics.ts';

export interface Result {
  readonly pages: number;
  readonly warnings: readonly string[];
}

const theme = path.join(projectDir, 'scripts/docs/theme');

/** Writes the site to an empty directory. The package has to be built before. */
export async function buildSite(dir: string): Promise<Result> {
  const [model, covered] = [await readModel(), await coverage()];
  const examples = readExamples();
  const site: Site = { urls: model.urls, pageOf: (file) => pageOf(file, examples) };
  const guides = readGuides(site);
  const uses = usesOf(model, examples);
  const own = model.headers
    .flatMap(({ names }) => names)
    .filter(({ url }) => !url.includes('#'))
    .map((name) => namePage(name, model, uses));
  const pages: Page[] = [
    homePage(site, model),
    ...guidePages(guides),
    referenceIndex(model),
    coveragePage(covered),
    ...TOPICS.map((topic) => topicPage(topic, model)),
    ...model.headers.map(headerPage),
    ...own,
    apiIndex(model),
    ...model.entries.flatMap((entry) => apiPages(entry, model)),
    ...examplePages(examples, model),
  ];
  const menus: Menus = {
    guide: guideMenu(guides),
    reference: referenceMenu(model),
    api: apiMenu(model),
    examples: examplesMenu(examples),
  };
  const { version } = JSON.parse(readFileSync(path.join(projectDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const imprint = { version, source: model.source };

  rmSync(dir, { recursive: true, force: true });
  for (const page of pages) write(dir, page.url, renderPage(page, menus, imprint));
  write(
    dir,
    '/assets/search.js',
    `searchRows(${JSON.stringify(searchRows(model, guides, examples))})`,
  );
  await assets(dir);
  return { pages: pages.length, warnings: warningsOf(dir, pages, model) };
}

function write(dir: string, url: string, text: string): void {
  const file = path.join(dir, url);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function assets(dir: string): Promise<void> {
  const to = path.join(dir, 'assets');
  for (const name of ['style.css', 'icon.svg']) {
    copyFileSync(path.join(theme, name), path.join(to, name));
  }
  const docs = path.join(projectDir, 'docs');
  for (const name of readdirSync(docs).filter((one) => /\.(svg|png)$/.test(one))) {
    copyFileSync(path.join(docs, name), path.join(to, name));
  }
  await build({
    entryPoints: [path.join(theme, 'site.ts')],
    outfile: path.join(to, 'site.js'),
    bundle: true,
    minify: true,
    target: 'es2022',
    logLevel: 'error',
  });
}

/** The page that a file or a folder of the repository has. */
function pageOf(file: string, examples: readonly Example[]): string | undefined {
  if (guideFiles().includes(file)) return guideUrl(file);
  if (file === 'README.md') return '/index.html';
  if (file === 'examples') return '/examples/index.html';
  const found =
    examples.find((one) => one.file === file) ??
    examples.find((one) => one.file.startsWith(`${file}/`));
  return found?.url;
}

function usesOf(model: Model, examples: readonly Example[]): Uses {
  const words = examples.map((one) => ({
    example: { url: one.url, text: one.title },
    names: new Set(one.code.replace(/\/\*.*?\*\/|\/\/.*$/gms, '').match(/[A-Za-z_]\w*/g)),
  }));
  const all = model.headers.flatMap(({ names }) => names);
  const takers = new Map<string, Set<Name>>();
  const targets = new Map<string, readonly string[]>();
  for (const one of all.filter((name) => name.kind === 'function')) {
    for (const parameter of one.params ?? []) {
      if (typeof parameter === 'string') continue;
      for (const word of parameter.type.match(/\w+/g) ?? []) {
        if (!targets.has(word)) targets.set(word, [word, ...(targetOf(word, all) ?? [])]);
        for (const name of targets.get(word) ?? []) {
          takers.set(name, (takers.get(name) ?? new Set()).add(one));
        }
      }
    }
  }
  return {
    examples: (name) => words.filter(({ names }) => names.has(name)).map(({ example }) => example),
    takers: (name) => [...(takers.get(name) ?? [])],
  };
}

/** What would be wrong with the site, though it can be written. */
function warningsOf(dir: string, pages: readonly Page[], model: Model): string[] {
  const urls = pages.map(({ url }) => url.toLowerCase());
  const twice = urls.filter((url, index) => urls.indexOf(url) !== index);
  const homeless = model.headers
    .flatMap(({ names }) => names)
    .filter((one) => isFunction(one) && one.from && !one.topic);
  const flat = model.headers
    .flatMap(({ names }) => names)
    .filter((one) => isRecord(one) && one.from && !model.layouts(one.name));
  return [
    ...twice.map((url) => `two pages are written to ${url}`),
    ...homeless.map(
      ({ name, header }) => `no topic has ${name} of ${header}; see scripts/docs/topics.ts`,
    ),
    ...flat.map(({ name }) => `the layout of ${name} is not known`),
    ...brokenLinks(dir).map(({ page, link }) => `${page}: nothing is at ${link}`),
    ...(existsSync(path.join(dir, 'index.html')) ? [] : ['there is no first page']),
  ];
}
