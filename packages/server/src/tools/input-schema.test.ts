/** Schemas of tools' inputs as servers of all kinds write them: what they allow passes, and what can be checked is. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Json} from '@chatlet/protocol';
import {type JsonSchema, defineTool} from './define-tool.ts';

const address = {type: 'object', properties: {city: {type: 'string'}}, required: ['city']};

interface Case {
  readonly schema: JsonSchema;
  readonly fits: readonly Json[];
  readonly refused?: readonly Json[];
}

const cases: Readonly<Record<string, Case>> = {
  'a reference to another property': {
    schema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {from: address, to: {$ref: '#/properties/from'}},
    },
    fits: [{to: {city: 'Oslo'}}, {}],
    refused: [{to: {}}, {to: {city: 1}}],
  },
  'definitions without a version': {
    schema: {type: 'object', properties: {to: {$ref: '#/definitions/place'}}, definitions: {place: address}},
    fits: [{to: {city: 'Oslo'}}],
    refused: [{to: {city: 1}}],
  },
  'a reference into a definition': {
    schema: {
      type: 'object',
      properties: {city: {$ref: '#/$defs/a~1b/properties/city'}},
      $defs: {'a/b': address},
    },
    fits: [{city: 'Oslo'}],
    refused: [{city: {city: 'Oslo'}}],
  },
  'a schema that refers to itself': {
    schema: {
      type: 'object',
      properties: {name: {type: 'string'}, children: {type: 'array', items: {$ref: '#'}}},
      required: ['name'],
    },
    fits: [{name: 'a', children: [{name: 'b', children: []}]}],
    refused: [{name: 'a', children: [{}]}],
  },
  'references to nowhere and to other documents': {
    schema: {
      type: 'object',
      properties: {a: {$ref: '#/$defs/gone'}, b: {$ref: 'https://example.com/b.json'}, c: {type: 'string'}},
      required: ['c'],
    },
    fits: [{a: 1, b: [], c: 'x'}],
    refused: [{a: 1}, {c: 2}],
  },
  'conditions, negations and dependencies': {
    schema: {
      type: 'object',
      properties: {kind: {enum: ['a', 'b']}, code: {not: {type: 'null'}}},
      required: ['kind'],
      if: {properties: {kind: {const: 'a'}}},
      ...(JSON.parse('{"then": {"required": ["code"]}}') as object),
      else: {not: {required: ['code']}},
      dependentRequired: {code: ['kind']},
      dependentSchemas: {code: {required: ['kind']}},
      unevaluatedProperties: false,
    },
    fits: [{kind: 'a', code: 1}, {kind: 'b'}],
    refused: [{kind: 'c'}, {code: 1}],
  },
  'one of several that each name what they need': {
    schema: {
      type: 'object',
      properties: {id: {type: 'integer'}, name: {type: 'string'}},
      oneOf: [{required: ['id']}, {required: ['name']}],
    },
    fits: [{id: 1}, {name: 'x'}],
    refused: [{id: 'x'}],
  },
  'one of several of which a part cannot be checked': {
    schema: {
      type: 'object',
      properties: {
        at: {
          oneOf: [
            {type: 'object', properties: {x: {type: 'number'}}, not: {required: ['y']}},
            {type: 'object', properties: {y: {type: 'number'}}, not: {required: ['x']}},
          ],
        },
      },
    },
    fits: [{at: {x: 1}}, {at: {y: 1}}],
    refused: [{at: 'here'}],
  },
  'a pattern and a type that JavaScript does not know': {
    schema: {
      type: 'object',
      properties: {
        a: {type: 'string', pattern: '(?<!'},
        b: {type: 'string', pattern: String.raw`^\p{L}+$`},
        c: {type: 'file'},
        d: {type: 'integer', minimum: 1},
      },
      patternProperties: {'[': {type: 'string'}},
    },
    fits: [{a: 'x', b: 'ä', c: {}, d: 1}],
    refused: [{d: 0}, {b: 1}],
  },
  'values that are objects, and relative addresses': {
    schema: {type: 'object', properties: {a: {const: {b: 1}}, link: {type: 'string', format: 'uri-reference'}}},
    fits: [{a: {b: 1}, link: '../x'}],
    refused: [{link: 1}],
  },
};

suite('the input of a tool with a JSON Schema', () => {
  for (const [name, {schema, fits, refused = []}] of Object.entries(cases)) {
    test(`fits if the schema has ${name}`, () => {
      const tool = defineTool({name: 't', description: 'T.', input: schema, run: async () => 'ran'});
      assert.deepEqual(tool.inputSchema, schema);
      for (const input of fits) tool.prepare(input);
      for (const input of refused)
        assert.throws(() => tool.prepare(input), {code: 'invalid-request'}, JSON.stringify(input));
    });
  }

  test('is refused when the tool is made if no model could read it, since it is nested too deeply', () => {
    let input: JsonSchema = {type: 'object'};
    for (let level = 0; level < 20_000; level++) input = {type: 'object', properties: {a: input}};
    assert.throws(() => defineTool({name: 't', description: 'T.', input, run: async () => 'ran'}), {
      code: 'invalid-request',
      message: /schema of the tool "t" cannot be written/,
    });
  });
});
