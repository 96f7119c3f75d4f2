/** The numbers of sources, and the places of marks. */
import {expect} from '@open-wc/testing';
import type {Part, SourcePart, TextPart} from '@chatlet/protocol';
import {en} from '../../translations/en.ts';
import {findCitation, numberSources, placeCitations} from './citations.ts';

const source = (id: string): SourcePart => ({type: 'source', id, title: `Page ${id}`});
/** A text in which `^a` cites source a. */
function cite(marked: string): TextPart {
  let text = '';
  const citations = [];
  for (const [, before = '', sourceId] of marked.matchAll(/([^^]*)(?:\^(\w)|$)/g)) {
    text += before;
    if (sourceId) citations.push({at: text.length, sourceId, quote: `words of ${sourceId}`});
  }
  return {type: 'text', text, citations};
}
const places = (part: TextPart, sources = [source('a'), source('b')]) =>
  placeCitations(part, {index: 0, sources: numberSources([part, ...sources]), words: en}).map(
    ({at, number}) => `${part.text.slice(0, at)}[${number}]`,
  );

describe('the sources of an answer', () => {
  it('are numbered as they are cited, also over several texts, and the others follow', () => {
    const parts: readonly Part[] = [source('a'), cite('One.^c'), source('b'), source('c'), cite('Two.^a Three.^c')];
    expect(numberSources(parts).map((each) => [each.number, each.source.id, each.quote])).to.deep.equal([
      [1, 'c', 'words of c'],
      [2, 'a', 'words of a'],
      [3, 'b', undefined],
    ]);
  });

  it('are found by the id of a mark, with the words that this mark cites', () => {
    const parts: readonly Part[] = [source('a'), cite('One.^a Two.^b'), source('b')];
    const [, second] = placeCitations(cite('One.^a Two.^b'), {index: 1, sources: numberSources(parts), words: en});
    expect(second?.label).to.equal('Source 2: Page b');
    expect(findCitation(parts, second?.id ?? '')).to.deep.equal({source: source('b'), number: 2, quote: 'words of b'});
    expect(findCitation(parts, '0-0')).to.equal(undefined);
    expect(findCitation(parts, 'nonsense')).to.equal(undefined);
  });
});

describe('the place of a mark', () => {
  for (const [marked, ...wanted] of [
    ['Tea is hot.^a Wait', 'Tea is hot.[1]'],
    ['Tea is hot. ^a', 'Tea is hot.[1]'],
    ['Tea is hot.\n\n^a\n', 'Tea is hot.[1]'],
    ['- one\n- ^a two', '- one\n- [1]'],
    ['1. ^atwo', '1. [1]'],
    ['> ^atwo', '> [1]'],
    ['```\nlet a;\n```\n^a', '```\nlet a;\n```\n[1]'],
    ['| a | b |\n|---|---|\n| c | d |\n^a', '| a | b |\n|---|---|\n| c | d |[1]'],
    ['In 1969. ^a', 'In 1969.[1]'],
  ] as const) {
    it(`${JSON.stringify(marked)} → ${JSON.stringify(wanted)}`, () => {
      expect(places(cite(marked))).to.deep.equal(wanted);
    });
  }

  it('is shared by marks of several sources, and a mark of the same source is not repeated there', () => {
    expect(places(cite('Tea.^a ^b ^a Hot.^a'))).to.deep.equal(['Tea.[1]', 'Tea.[2]', 'Tea.   Hot.[1]']);
  });

  it('is nowhere if the answer has no such source', () => {
    expect(places(cite('Tea.^x Hot.^a'))).to.deep.equal(['Tea. Hot.[1]']);
  });
});
