/**
 * The look of the states of the gallery that have a picture, in light and dark, from left to right and from right to left: boxes within two
 * pixels of the stored ones, and at most one pixel in a hundred that differs. `npm test` looks at a sample.
 */
import assert from 'node:assert/strict';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {picturedStates} from '../../widget/gallery/states.ts';
import {readBoxes, readSheet, writeSheet} from './kept-pictures.ts';
import {compareBoxes, openPhotographer} from './pictures.ts';
import {sampling} from './sampling.ts';
import {setStage} from './stage.ts';

suite('pictures of the gallery', () => {
  const stage = setStage();
  const kept = readBoxes();

  test('every picture is of a state that the gallery has', () => {
    const names = Object.keys(kept.states);
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.filter((name) => !picturedStates.includes(name)),
      [],
    );
  });

  test('every state has a picture, or a reason for none', () => {
    const names = Object.keys(kept.states);
    assert.deepEqual(
      picturedStates.filter((name) => !names.includes(name)),
      [],
    );
  });

  test('a state looks as in its picture, and complains of nothing', {timeout: 1_800_000}, async () => {
    const {runs, random, tellResult} = sampling('pictures of the gallery', 8);
    const names = Object.keys(kept.states);
    while (names.length > runs) names.splice(Math.floor(random() * names.length), 1);
    await using photographer = await openPhotographer(stage.browser, stage.server.url);
    const hasFonts = JSON.stringify(await photographer.fonts()) === JSON.stringify(kept.fonts);
    if (!hasFonts)
      console.log('NOT COMPARED: this machine has other fonts than the pictures. CONTRIBUTING.md says more.');
    const faults: string[] = [];
    for (const name of names) {
      const picture = await photographer.take(name);
      faults.push(...picture.complaints.map((complaint) => `${name}: ${complaint}`));
      if (!hasFonts) continue;
      const moved = picture.boxes.flatMap((boxes, look) => compareBoxes(kept.states[name]?.[look] ?? [], boxes));
      faults.push(...moved.map((fault) => `${name}: ${fault}`));
      const difference = await photographer.difference(picture.sheet, readSheet(name));
      if (difference <= 0.01 && moved.length === 0) continue;
      const file = join(tmpdir(), `chatlet-${name}.webp`);
      writeSheet(name, picture, file);
      faults.push(`${name}: ${(difference * 100).toFixed(1)} % of the pixels differ; see ${file}`);
    }
    tellResult(`${names.length} states × 4 looks, ${faults.length} faults`);
    assert.deepEqual(faults, []);
  });
});
