/** The icons of the chat, inlined. Screen readers skip them: the buttons around them have names. */
import {html} from 'lit';
import type {TemplateResult} from 'lit';
import {editPath, iconPaths} from './icon-paths.ts';

/** Icons that are a single path. */
const paths = {
  copy: 'M11 8h6a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-6a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3ZM16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2',
  check: 'm5 12 5 5 9-10',
} as const;

const strokes = {
  chat: `<path d="${iconPaths.chat}"/>`,
  close: `<path d="${iconPaths.close}"/>`,
  history: '<path d="M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 8v4l3 2"/>',
  send: '<path d="M12 19V5M6 11l6-6 6 6"/>',
  stop: '<rect x="5" y="5" width="14" height="14" rx="3" fill="currentColor" stroke="none"/>',
  down: '<path d="m6 9 6 6 6-6"/>',
  chevron: '<path d="m9 6 6 6-6 6"/>',
  retry: '<path d="M20 11a8 8 0 1 0-2 6M20 5v6h-6"/>',
  check: `<path d="${paths.check}"/>`,
  tool: '<path d="M14 6a5 5 0 0 0-6.5 6.3L3 17l4 4 4.7-4.5A5 5 0 0 0 18 10l-3 2-3-3z"/>',
  search: '<circle cx="11" cy="11" r="6"/><path d="m20 20-4.5-4.5"/>',
  compose: '<path d="M12 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-6M10 14v-3l8-8 3 3-8 8z"/>',
  edit: `<path d="${editPath}"/>`,
  spark: '<path d="M12 3l2 6 6 3-6 3-2 6-2-6-6-3 6-3z"/>',
  trash: '<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13"/>',
  more: '<path d="M5 12v.01M12 12v.01M19 12v.01" stroke-width="2.5"/>',
  alert: '<path d="M12 8v5M12 16.5v.01"/><circle cx="12" cy="12" r="9"/>',
  file: '<path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5"/>',
} as const;

export type IconName = keyof typeof strokes;

/** The strings of a template that no compiler has seen: `?` stands for a value. */
function templateOf(markup: string): TemplateStringsArray {
  const svg = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${markup}</svg>`;
  const strings = svg.split('?');
  return Object.assign(strings, {raw: strings});
}

const cache = new Map<IconName, TemplateResult>();

/** An icon. Each is a static template, because a long chat has thousands of them. */
export function icon(name: IconName): TemplateResult {
  const known = cache.get(name);
  if (known) return known;
  const fresh = html(templateOf(strokes[name]));
  cache.set(name, fresh);
  return fresh;
}

const changing = templateOf('<path d="?"/>');

/** An icon that changes: another path in the same element costs less than another element. */
export function changingIcon(name: keyof typeof paths): TemplateResult {
  return html(changing, paths[name]);
}
