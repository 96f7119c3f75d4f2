/** The icons that a panel does not need before its first answer, inlined. */
import {html} from 'lit';
import type {TemplateResult} from 'lit';
import {editPath} from './icon-paths.ts';
import {draw, templateOf} from './icons.ts';

/** Icons that are a single path. */
const paths = {
  copy: 'M11 8h6a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-6a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3ZM16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2',
  check: 'm5 12 5 5 9-10',
} as const;

const strokes = {
  down: '<path d="m6 9 6 6 6-6"/>',
  retry: '<path d="M20 11a8 8 0 1 0-2 6M20 5v6h-6"/>',
  check: `<path d="${paths.check}"/>`,
  edit: `<path d="${editPath}"/>`,
  alert: '<path d="M12 8v5M12 16.5v.01"/><circle cx="12" cy="12" r="9"/>',
  file: '<path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5"/>',
} as const;

export type MoreIconName = keyof typeof strokes;

export const moreIcon = (name: MoreIconName): TemplateResult => draw(strokes[name]);

const changing = templateOf('<path d="?"/>');

/** An icon that changes: another path in the same element costs less than another element. */
export function changingIcon(name: keyof typeof paths): TemplateResult {
  return html(changing, paths[name]);
}
