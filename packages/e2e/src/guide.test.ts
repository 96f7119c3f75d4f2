/** The built guide: its links, and its pages in a browser, where our own element searches them and answers from them. */
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import axe from 'axe-core';
import {parse} from 'parse5';
import {elementsOf} from '../../guide/scripts/portable-html.ts';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';

const folder = fileURLToPath(new URL('../../server/guide/', import.meta.url));
const files = new Set(readdirSync(folder, {recursive: true}).map((file) => String(file).replaceAll('\\', '/')));
const pages = [...files].filter((file) => file.endsWith('.html'));

/** Paths of the server that pages link to. */
const ofServer = new Set(['../', '../docs', '../openapi.json', '../playground', '../gallery', '../chatlet.js']);

test('no page of the built guide has a dead link, a style of its own or a script of its own', () => {
  assert.ok(pages.length > 30, `${pages.length} pages`);
  const read = pages.map((file) => ({file, ...readPage(file)}));
  const ids = new Map(read.map((page) => [page.file, page.ids]));
  const faults: string[] = [];
  for (const {file, links, inline} of read) {
    faults.push(...inline.map((each) => `${file}: ${each}`));
    for (const link of links) {
      if (/^https?:/.test(link) || ofServer.has(link)) continue;
      const [path = '', anchor] = link.replace(/^\.\//, '').split('#');
      const to = path === '' ? file : path;
      if (!files.has(to) || (anchor !== undefined && !ids.get(to)?.has(decodeURI(anchor))))
        faults.push(`${file}: ${link}`);
    }
  }
  assert.deepEqual(faults, []);
});

function readPage(file: string) {
  const found = {ids: new Set<string>(), links: [] as string[], inline: [] as string[]};
  for (const {tagName, attrs, childNodes} of elementsOf(parse(readFileSync(join(folder, file), 'utf8')))) {
    for (const {name, value} of attrs) {
      if (name === 'id') found.ids.add(value);
      if (name === 'href' || name === 'src') found.links.push(value);
      if (name === 'style' || name.startsWith('on')) found.inline.push(`${tagName} ${name}`);
    }
    if ((tagName === 'script' || tagName === 'style') && childNodes.length > 0) found.inline.push(tagName);
  }
  return found;
}

suite('the guide in a browser', () => {
  const stage = setStage();

  test('our own element finds its pages while somebody types, and answers from them with a link', async () => {
    const context = await stage.browser.newContext({viewport: {width: 1100, height: 800}});
    try {
      const {page, complaints, foreign} = await openPage(context, `${stage.server.url}/guide/`);
      await page.getByRole('button', {name: 'Search or ask'}).click();
      const input = page.locator('chatlet-launcher textarea');
      await input.fill('migration from n8n chat');
      const option = page.getByRole('option', {name: /From n8n chat/}).first();
      await option.waitFor();
      assert.equal(new URL((await option.getAttribute('href')) ?? '').pathname, '/guide/from-n8n.html');
      await input.press('Enter');
      const source = page
        .locator('chatlet-launcher')
        .getByRole('link', {name: /From n8n chat/})
        .first();
      await source.waitFor();
      assert.match((await source.getAttribute('href')) ?? '', new RegExp(`^${stage.server.url}/guide/from-n8n\\.html`));
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    } finally {
      await context.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe-core finds nothing on its pages in ${colorScheme}`, async () => {
      const context = await stage.browser.newContext({
        colorScheme,
        bypassCSP: true,
        viewport: {width: 1100, height: 800},
      });
      try {
        const page = await context.newPage();
        for (const name of ['react', 'configuration']) {
          await page.goto(`${stage.server.url}/guide/${name}.html`);
          await page.evaluate(axe.source);
          const found = await page.evaluate(async () => {
            const {axe: checker} = window as unknown as {axe: typeof axe};
            const {violations} = await checker.run(
              {exclude: ['chatlet-launcher']},
              {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']},
            );
            return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
          });
          assert.deepEqual(found, [], name);
        }
      } finally {
        await context.close();
      }
    });
  }
});
