/** A reporter for node's test runner: a line of JSON for each test that begins, ends or fails, and nothing else. */
import type {TestEvent} from 'node:test/reporters';

export default async function* firstFailure(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const {type, data} of events) {
    if (type === 'test:start' || type === 'test:pass') yield lineOf('at', data);
    if (type === 'test:fail' && data.todo === undefined && data.skip === undefined) yield lineOf('failed', data);
  }
}

const lineOf = (kind: 'at' | 'failed', {file = '', name}: {file?: string | undefined; name: string}) =>
  `${JSON.stringify({[kind]: {file, test: name}})}\n`;
