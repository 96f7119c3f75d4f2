/** The icons of the panel, inlined; `more-icons.ts` has the others. Screen readers skip them: the buttons around them have names. */
import {html} from 'lit';
import type {TemplateResult} from 'lit';
import {iconPaths} from './icon-paths.ts';

const strokes = {
  chat: `<path d="${iconPaths.chat}"/>`,
  close: `<path d="${iconPaths.close}"/>`,
  compose: '<path d="M12 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-6M10 14v-3l8-8 3 3-8 8z"/>',
  history: '<path d="M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 8v4l3 2"/>',
  send: '<path d="M12 19V5M6 11l6-6 6 6"/>',
  spark: '<path d="M12 3l2 6 6 3-6 3-2 6-2-6-6-3 6-3z"/>',
  stop: '<rect x="5" y="5" width="14" height="14" rx="3" fill="currentColor" stroke="none"/>',
} as const;

/** The strings of a template that no compiler has seen: `?` stands for a value. */
export function templateOf(markup: string): TemplateStringsArray {
  const svg = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${markup}</svg>`;
  const strings = svg.split('?');
  return Object.assign(strings, {raw: strings});
}

const cache = new Map<string, TemplateResult>();

/** An icon of these strokes. Each is a static template, because a long chat has thousands of them. */
export function draw(markup: string): TemplateResult {
  const known = cache.get(markup);
  if (known) return known;
  const fresh = html(templateOf(markup));
  cache.set(markup, fresh);
  return fresh;
}

export const icon = (name: keyof typeof strokes): TemplateResult => draw(strokes[name]);
