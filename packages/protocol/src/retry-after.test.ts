import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type RefusalWithTime, retryAfterOf} from './retry-after.ts';

const retryInfo = {'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '38s'};

const cases: readonly [RefusalWithTime, seconds: number | undefined][] = [
  [{headers: {'retry-after-ms': '1500', 'retry-after': '9'}}, 1.5],
  [{headers: {'Retry-After': '9'}, message: 'retry in 5s'}, 9],
  [{headers: {'retry-after-ms': '', 'retry-after': '2.5'}}, 2.5],
  [{headers: {'retry-after': 'soon'}}, undefined],
  [
    {body: [{error: {message: 'Please retry in 38.2s.', details: [{}, retryInfo]}}], message: 'Please retry in 38.2s.'},
    38,
  ],
  [{body: {error: {details: [{retryDelay: '0.5s'}]}}}, 0.5],
  [{body: {retryAfter: 60}}, 60],
  [{body: {error: {retry_after: 4}}}, 4],
  [{body: {retryAfter: -1}}, undefined],
  [{body: {details: {reset: 1}}}, 0],
  [{message: 'Rate limit reached. Please try again in 20s. Visit https://example.com'}, 20],
  [{message: 'You exceeded your current quota. Please retry in 38.2s.'}, 38.2],
  [{message: 'Please try again in 7.66s'}, 7.66],
  [{message: 'Please try again in 1m2.5s.'}, 62.5],
  [{message: 'Please try again in 6m0s.'}, 360],
  [{message: 'Try again in 1h2m3s'}, 3723],
  [{message: 'Please try again in 350ms.'}, 0.35],
  [{message: 'Please wait 20 seconds before retrying.'}, 20],
  [{message: 'Retry after 2 minutes and relax'}, 120],
  [{message: 'Try again in 1 hour 5 minutes.'}, 3900],
  [{message: 'Try again with 5 messages'}, undefined],
  [{message: 'Try again later. You have sent 20 s.'}, undefined],
  [{message: 'retry'}, undefined],
  [{}, undefined],
];
for (const [refusal, seconds] of cases) {
  test(`T2-07: the time to wait in ${JSON.stringify(refusal)} is ${seconds ?? 'unknown'}`, () => {
    assert.equal(retryAfterOf(refusal), seconds);
  });
}
