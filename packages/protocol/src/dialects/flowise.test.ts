/** Flowise's documents as sources. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../index.ts';

test("M-112: Flowise's source documents are sources, by address, file name or id", () => {
  const documents = [
    {pageContent: 'It is 20 degrees.', metadata: {source: 'https://example.com/a', title: 'A'}},
    {pageContent: 'Bern', metadata: {source: 'notes.txt'}},
    {id: 'd3', pageContent: 'Rome', metadata: {title: 'Cities'}},
    {pageContent: 'without an address or a title', metadata: {}},
  ];
  const body = `data: ${JSON.stringify({event: 'sourceDocuments', data: documents})}\n\n`;
  const [, ...sources] = createReader().push(
    new TextEncoder().encode(`data: {"event":"token","data":"Hi"}\n\n${body}`),
  );
  assert.deepEqual(sources, [
    {type: 'source', id: 'https://example.com/a', title: 'A', url: 'https://example.com/a', quote: 'It is 20 degrees.'},
    {type: 'source', id: 'notes.txt', title: 'notes.txt', quote: 'Bern'},
    {type: 'source', id: 'd3', title: 'Cities', quote: 'Rome'},
  ]);
});
