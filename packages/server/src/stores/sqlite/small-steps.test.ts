import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';

test('R-13: the pauses between small steps keep a command alive until the last one', () => {
  const program = `
    import {createSmallSteps} from ${JSON.stringify(new URL('./small-steps.ts', import.meta.url))};
    const writes = {write: async (work) => work()};
    let left = 5;
    await createSmallSteps(writes, {keepLogShort: async () => {}}).run(() => --left > 0);
    console.log(left);
  `;
  const args = ['--conditions=@chatlet/source', '--input-type=module', '--eval', program];
  assert.equal(execFileSync(process.execPath, args, {encoding: 'utf8'}).trim(), '0');
});
