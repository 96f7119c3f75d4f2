/** Rules that all styles of the widget keep, checked in their sources. */
import assert from 'node:assert/strict';
import {globSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {suite, test} from 'node:test';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sources = globSync('**/*.ts', {cwd: folder})
  .filter((file) => !/\.test\.ts$|testing\//.test(file))
  .map((file) => ({file, text: readFileSync(`${folder}/${file}`, 'utf8')}));

/** The declarations of this property in all sources, with their file. */
function declarations(property: string): readonly string[] {
  const pattern = new RegExp(`(?<![\\w-])(?:${property}): ?([^;}\`]+)[;}]`, 'g');
  return sources.flatMap(({file, text}) => [...text.matchAll(pattern)].map(([whole]) => `${file}: ${whole}`));
}

suite('the styles of the widget', () => {
  test('I-30: every size of text, and every height of a line in pixels, follows --chatlet-font-size', () => {
    const all = declarations('font|font-size|line-height');
    assert.ok(all.length > 50);
    const inPixels = all.filter((each) => /\dpx/.test(each) && !each.includes('--chatlet-font-size'));
    // Safari zooms into a field whose text is smaller than 16 pixels.
    assert.deepEqual(
      inPixels.filter((each) => !each.includes('max(16px, calc(15 * var(--_px)))')),
      [],
    );
  });

  test('I-11: what must be seen takes the colour of focus rings, which reaches 3:1, and not the accent', () => {
    const rings = declarations('outline|outline-color|caret-color');
    assert.ok(rings.length > 10);
    assert.deepEqual(
      rings.filter((each) => /--_accent\b|--_brand|--chatlet-accent/.test(each)),
      [],
    );
  });
});
