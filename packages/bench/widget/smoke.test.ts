import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startAnswerServer} from './answer-server.ts';
import {bundlePages} from './bundles.ts';
import {Chromium} from './chromium.ts';
import {contestants, installedVersion} from './contestants.ts';
import {judge, scenarioTable} from './report.ts';
import type {Outcome} from './scenario.ts';
import {longHistory, session} from './long-chats.ts';
import {firstUse, pageLoad} from './loading.ts';
import {scenarios} from './scenarios.ts';
import {startSite} from './site.ts';
import {growthExponent, median, percentile} from './statistics.ts';
import {textKinds, writeText} from './texts.ts';

test('the texts of the benchmark are the same in every run, and their tokens join to the whole text', () => {
  for (const kind of textKinds) {
    const text = writeText(kind, 500);
    assert.equal(text.tokens.join(''), text.markdown);
    assert.deepEqual(writeText(kind, 500), text);
  }
});

test('each contestant of the benchmark shows all of the text, and no more', {timeout: 60_000}, async () => {
  const text = writeText('mixed', 1200);
  for (const part of [/^\|/m, /^- /m, /^\d\. /m, /\]\(/, /^```/m, /^> /m]) assert.match(text.markdown, part);
  const server = await startAnswerServer(await bundlePages(['ours', 'smd'], {names: 'short'}));
  const chromium = new Chromium();
  try {
    for (const name of ['ours', 'smd']) {
      const {path} = server.lay({text, pace: 'flat'});
      const page = await chromium.open(`${server.origin}/pages/${name}?answer=${path}`);
      const before = await page.measures();
      await page.page.evaluate('window.bench.stream()');
      const {cpuMs, layouts} = await page.measuresSince(before);
      assert.ok(cpuMs > 0 && layouts > 0, `${name} was not measured`);
      assert.equal(await page.page.evaluate('window.bench.visibleText()'), text.visible, name);
      await page.close();
    }
  } finally {
    await chromium.close();
    await server.close();
  }
});

test('the measurements of long chats and of pages that load have all their numbers', {timeout: 120_000}, async () => {
  const server = await startAnswerServer(await bundlePages(['ours-element'], {names: 'short'}));
  const site = await startSite();
  const chromium = new Chromium();
  try {
    for (const scenario of [longHistory(20), session(4), pageLoad, firstUse]) {
      for (const name of scenario.contestants.filter((each) => /ours|site/.test(each))) {
        const contestant = contestants.find((each) => each.name === name);
        assert.ok(contestant, name);
        const {status, values} = await scenario.run(contestant, {chromium, server, site});
        assert.equal(status, 'finished', `${name} in ${scenario.name}`);
        for (const {key} of scenario.columns) assert.ok(Number.isFinite(values[key]), `${key} of ${name}`);
        if ('found' in values) assert.equal(values['found'], 1);
        if (scenario === pageLoad)
          assert.deepEqual([values['cls'], values['scripts']], [0, Number(name !== 'plain-site')]);
      }
    }
  } finally {
    await chromium.close();
    await server.close();
    await site.close();
  }
});

test('a contestant that did not finish makes the ratio an upper bound', () => {
  const [flat] = scenarios;
  assert.ok(flat);
  const outcomes = new Map<string, readonly Outcome[]>([
    ['ours', [40, 90, 50].map((cpuMs): Outcome => ({status: 'finished', values: {cpuMs}}))],
    ['deep-chat', [{status: 'unfinished', afterMs: 30_000, reached: '33 % shown', values: {cpuMs: 25_000}}]],
  ]);
  const target = {what: '', scenario: flat.name, value: 'cpuMs', against: 'deep-chat', limit: 0.01};
  const {measured, result} = judge(target, new Map([[flat.name, outcomes]]));
  assert.deepEqual({measured, result}, {measured: '≤ 0.002', result: 'pass'});
  assert.match(scenarioTable(flat, outcomes), /deep-chat \(> 30 s, 33 % shown\) \| > 25000/);
});

test('median, percentile and growth exponent of the benchmark', () => {
  assert.equal(median([5, 1, 4, 2]), 3);
  assert.equal(percentile([3, 1, 2, 4], 0.5), 2);
  assert.equal(
    Math.round(
      growthExponent([
        [10, 50],
        [100, 5000],
        [1000, 500_000],
      ]) * 1000,
    ),
    2000,
  );
});

test('every contestant of the benchmark names its installed versions', () => {
  for (const {packages} of contestants) for (const name of packages) assert.match(installedVersion(name), /^\d+\.\d+/);
});
