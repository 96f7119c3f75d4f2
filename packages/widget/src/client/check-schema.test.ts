/** Values against schemas, in the words that a model reads. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findMismatch, listUnknownKeywords} from './check-schema.ts';

const article = {
  type: 'object',
  properties: {
    name: {type: 'string', minLength: 2, maxLength: 5, pattern: '^t'},
    count: {type: 'integer', minimum: 1, maximum: 9},
    price: {type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 10, multipleOf: 0.01},
    colour: {enum: ['red', {mixed: ['blue', 1]}]},
    kind: {const: 'tea'},
    tags: {type: 'array', minItems: 1, maxItems: 2, uniqueItems: true, items: {type: ['string', 'null']}},
    pair: {prefixItems: [{type: 'string'}], items: {type: 'number'}},
    extra: {type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: {type: 'boolean'}},
    parent: {$ref: '#'},
    either: {anyOf: [{type: 'string'}, {type: 'number'}]},
    one: {oneOf: [{minimum: 1}, {maximum: 5}]},
    all: {allOf: [{minimum: 1}, {maximum: 5}]},
    none: {not: {type: 'null'}},
    lost: {$ref: '#/$defs/nowhere'},
    found: {$ref: '#/$defs/a~1b'},
  },
  required: ['name'],
  additionalProperties: false,
  $defs: {'a/b': {type: 'boolean'}},
};

const whole = {
  name: 'tea',
  count: 9,
  price: 0.29,
  colour: {mixed: ['blue', 1]},
  kind: 'tea',
  tags: ['a', null],
  pair: ['a', 1, 2],
  extra: {more: true},
  parent: {name: 'tin'},
  either: 1,
  one: 7,
  all: 3,
  none: 1,
  found: true,
};

test('a value that fits has no mismatch', () => {
  assert.equal(findMismatch(whole, article), undefined);
  assert.equal(findMismatch('anything', {}), undefined);
});

const wrong: readonly (readonly [object, string])[] = [
  [{name: undefined}, 'name must be string'],
  [{name: 't'}, 'name must have at least 2 characters'],
  [{name: 'teapot'}, 'name must have at most 5 characters'],
  [{name: 'cup'}, 'name must match ^t'],
  [{count: 1.5}, 'count must be integer'],
  [{count: 0}, 'count must be at least 1'],
  [{count: 10}, 'count must be at most 9'],
  [{price: 0}, 'price must be more than 0'],
  [{price: 10}, 'price must be less than 10'],
  [{price: 0.295}, 'price must be a multiple of 0.01'],
  [{colour: {mixed: ['blue', 2]}}, 'colour must be one of ["red",{"mixed":["blue",1]}]'],
  [{kind: 'coffee'}, 'kind must be "tea"'],
  [{tags: 'a'}, 'tags must be array'],
  [{tags: []}, 'tags must have at least 1 items'],
  [{tags: ['a', 'b', 'c']}, 'tags must have at most 2 items'],
  [{tags: ['a', 'a']}, 'tags must have no item twice'],
  [{tags: ['a', 1]}, 'tags[1] must be string or null'],
  [{pair: [1]}, 'pair[0] must be string'],
  [{pair: ['a', 'b']}, 'pair[1] must be number'],
  [{extra: {}}, 'extra must have at least 1 fields'],
  [{extra: {a: true, b: true}}, 'extra must have at most 1 fields'],
  [{extra: {a: 1}}, 'extra.a must be boolean'],
  [{parent: {name: 'tea', parent: {}}}, 'parent.parent lacks name'],
  [{either: null}, 'either fits none of its forms'],
  [{one: 3}, 'one must fit exactly one of its forms'],
  [{all: 6}, 'all must be at most 5'],
  [{none: null}, 'none is not allowed'],
  [{lost: 1}, 'refers to #/$defs/nowhere, which is not there'],
  [{found: 1}, 'found must be boolean'],
  [{unknown: 1}, 'unknown is not allowed'],
];
for (const [change, sentence] of wrong) {
  test(`a value with ${JSON.stringify(change)} is told as: ${sentence}`, () => {
    assert.equal(findMismatch({...whole, ...change}, article), sentence);
  });
}

test('a value of another type, or without a needed field, is named as a whole', () => {
  assert.equal(findMismatch(null, article), 'the value must be object');
  assert.equal(findMismatch([], article), 'the value must be object');
  assert.equal(findMismatch({}, article), 'the value lacks name');
});

test('a schema that refers to itself ends, and so does a deep value', () => {
  assert.equal(findMismatch(1, {$ref: '#'}), 'the value is too deep');
});

test('keywords that are not checked are named, wherever they stand', () => {
  const deep = {properties: {a: {anyOf: [{items: {if: {}}}]}}, $defs: {b: {patternProperties: {}}}, title: 'x'};
  assert.deepEqual(listUnknownKeywords(deep), ['if', 'patternProperties']);
  assert.deepEqual(listUnknownKeywords(article), []);
});
