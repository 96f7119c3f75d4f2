/** Tools of servers that describe themselves by OpenAPI, asked over HTTP. */
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {ChatError, type Json, isObject} from '@chatlet/protocol';
import type {Tool} from '../engine/tool.ts';
import {startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {configuredTools} from './configured.ts';
import {type OpenapiToolsOptions, openapiTools} from './openapi.ts';
import {startService} from './testing/local-service.ts';

const id = {name: 'id', in: 'path', required: true, schema: {type: 'integer'}};

/** A shop of version 3.1, with a little of everything. */
const shop = {
  openapi: '3.1.0',
  info: {title: 'Shop', version: '1'},
  servers: [{url: '/{version}/', variables: {version: {default: 'v2'}}}],
  paths: {
    '/drinks': {
      parameters: [{$ref: '#/components/parameters/lang'}],
      get: {
        operationId: 'listDrinks',
        summary: 'Lists the drinks.',
        parameters: [
          {name: 'kind', in: 'query', schema: {type: 'array', items: {enum: ['tea', 'milk']}}},
          {name: 'sizes', in: 'query', explode: false, schema: {type: 'array', items: {type: 'integer'}}},
          {
            name: 'price',
            in: 'query',
            style: 'deepObject',
            schema: {type: 'object', properties: {max: {type: 'number'}}},
          },
          {name: 'filter', in: 'query', content: {'application/json': {schema: {type: 'object'}}}},
          {name: 'key', in: 'query', schema: {type: 'string'}},
          {name: 'Authorization', in: 'header', schema: {type: 'string'}},
          {name: 'session', in: 'cookie', schema: {type: 'string'}},
        ],
      },
      post: {
        operationId: 'addDrink',
        requestBody: {required: true, content: {'application/json': {schema: {$ref: '#/components/schemas/Drink'}}}},
      },
    },
    '/drinks/{id}/notes/{name}': {
      parameters: [id],
      get: {},
      delete: {operationId: 'deleteNote', description: 'Deletes a note.'},
    },
    '/form': {
      post: {
        operationId: 'order',
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                properties: {id: {type: 'string'}, with: {type: 'array', items: {type: 'string'}}},
              },
            },
          },
        },
      },
    },
    '/upload': {post: {operationId: 'upload', requestBody: {content: {'multipart/form-data': {schema: {}}}}}},
  },
  components: {
    parameters: {lang: {name: 'X-Language', in: 'header', schema: {type: 'string'}}},
    schemas: {
      Drink: {
        type: 'object',
        description: 'A drink.',
        properties: {
          id: {type: 'integer', readOnly: true},
          name: {type: 'string', minLength: 2, pattern: '^[a-z]+$', description: 'Its name'},
          since: {type: ['string', 'null'], format: 'date'},
          with: {type: 'array', items: {$ref: '#/components/schemas/Drink'}},
        },
        required: ['id', 'name'],
      },
    },
  },
};

/** The shop, which tells what it was asked. */
const startShop = (document: object = shop) =>
  startService(({method, path, query, body, headers}, res) => {
    const {authorization, 'x-language': language, 'content-type': type} = headers;
    const asked = {asked: `${method} ${path}?${query}`, body, authorization, language, type};
    res.setHeader('content-type', path.endsWith('/image') ? 'image/png' : 'application/json');
    if (path === '/openapi.json') res.end(JSON.stringify(document));
    else if (path.endsWith('/404')) res.writeHead(404).end('There is no such note.');
    else if (path.endsWith('/500')) res.writeHead(500).end('secret stack');
    else res.end(JSON.stringify(asked));
  });

function toolNamed(tools: readonly Tool[], name: string): Tool {
  return (
    tools.find((tool) => tool.name === name) ??
    assert.fail(`There is no tool ${name} among ${tools.map((each) => each.name).join(', ')}`)
  );
}

async function run(tool: Tool, input: Json): Promise<Json> {
  return tool.prepare(input).run({owner: 'user:ada', callId: 'c', signal: AbortSignal.timeout(5_000)});
}

const made = (document: object, options: Partial<OpenapiToolsOptions> = {}) =>
  openapiTools({document, operations: ['*'], baseUrl: 'http://127.0.0.1:9', ...options});

suite('tools of an OpenAPI document', () => {
  test('have one schema for parameters and body; a GET runs alone, everything else needs an approval', async () => {
    await using server = await startShop();
    const tools = await openapiTools({
      document: `${server.url}/openapi.json`,
      operations: ['*'],
      tools: {deleteNote: 'allowed', 'POST /form': 'refused'},
    });
    assert.deepEqual(
      tools.map((tool) => [tool.name, tool.annotations?.readOnlyHint, tool.annotations?.destructiveHint]),
      [
        ['listDrinks', true, undefined],
        ['addDrink', false, undefined],
        ['get_drinks_id_notes_name', true, undefined],
        ['deleteNote', false, true],
      ],
    );
    assert.deepEqual(toolNamed(tools, 'addDrink').inputSchema, {
      type: 'object',
      properties: {
        'X-Language': {type: 'string'},
        body: {
          type: 'object',
          description: 'A drink.',
          properties: {
            name: {type: 'string', minLength: 2, description: 'Its name (pattern: ^[a-z]+$)'},
            since: {type: ['string', 'null'], description: '(format: date)'},
            with: bodyOf(toolNamed(tools, 'addDrink'))['with'],
          },
          required: ['name'],
        },
      },
      required: ['body'],
      additionalProperties: false,
    });
    assert.deepEqual(Object.keys(propertiesOf(toolNamed(tools, 'listDrinks'))), [
      'X-Language',
      'kind',
      'sizes',
      'price',
      'filter',
      'key',
    ]);
    const note = toolNamed(tools, 'get_drinks_id_notes_name');
    assert.deepEqual(propertiesOf(note), {id: {type: 'integer'}, name: {type: 'string'}});
    assert.equal(note.description, 'GET /drinks/{id}/notes/{name}');
    assert.equal(note.prepare({id: 1, name: 'a'}).needsApproval, false);
    assert.equal(toolNamed(tools, 'addDrink').prepare({body: {name: 'tea'}}).needsApproval, true);
    assert.equal(toolNamed(tools, 'deleteNote').prepare({id: 1, name: 'a'}).needsApproval, false);
    for (const input of [{}, {body: {name: 'x'}}, {body: {name: 3}}, {body: {name: 'tea'}, more: 1}, 'tea', null]) {
      assert.throws(
        () => toolNamed(tools, 'addDrink').prepare(input),
        {code: 'invalid-request'},
        JSON.stringify(input),
      );
    }
  });

  test('send their input as the document says, with the operator’s headers and query', async () => {
    await using server = await startShop();
    const tools = await openapiTools({
      document: `${server.url}/openapi.json`,
      operations: ['GET *', 'addDrink', 'order'],
      headers: {authorization: 'Bearer own'},
      query: {key: 'secret'},
    });
    assert.ok(!('key' in propertiesOf(toolNamed(tools, 'listDrinks'))));
    const list = {kind: ['tea', 'milk'], sizes: [1, 2], price: {max: 3}, filter: {a: 1}, 'X-Language': 'de'};
    assert.deepEqual(await run(toolNamed(tools, 'listDrinks'), list), {
      asked: 'GET /v2/drinks?kind=tea&kind=milk&sizes=1%2C2&price%5Bmax%5D=3&filter=%7B%22a%22%3A1%7D&key=secret',
      body: '',
      authorization: 'Bearer own',
      language: 'de',
    });
    assert.deepEqual(await run(toolNamed(tools, 'addDrink'), {body: {name: 'tea'}}), {
      asked: 'POST /v2/drinks?key=secret',
      body: '{"name":"tea"}',
      authorization: 'Bearer own',
      type: 'application/json',
    });
    const form = await run(toolNamed(tools, 'order'), {body: {id: 'a b', with: ['c', 'd']}});
    assert.ok(isObject(form));
    assert.equal(form['body'], 'id=a+b&with=c&with=d');
  });

  test('cannot be led out of their path, and give a server’s refusal, but not its failure, in words', async () => {
    await using server = await startShop();
    const document = `${server.url}/openapi.json`;
    const note = toolNamed(await openapiTools({document, operations: ['GET *']}), 'get_drinks_id_notes_name');
    for (const name of ['../../../admin', '..\\..', '%2e%2e', 'a/b?c=d#e', '{id}', '...']) {
      const answer = await run(note, {id: 1, name});
      assert.equal(isObject(answer) && answer['asked'], `GET /v2/drinks/1/notes/${encodeURIComponent(name)}?`, name);
    }
    for (const name of ['.', '..', '']) await assert.rejects(run(note, {id: 1, name}), {code: 'invalid-request'});
    await assert.rejects(run(note, {id: 1, name: '404'}), {
      message: 'The server refused (404). There is no such note.',
    });
    await assert.rejects(run(note, {id: 1, name: '500'}), {message: 'The server refused (500).'});
    assert.equal(await run(note, {id: 1, name: 'image'}), 'The server answered with image/png, which cannot be read.');
    const drinks = toolNamed(await openapiTools({document, operations: ['listDrinks']}), 'listDrinks');
    await assert.rejects(run(drinks, {'X-Language': 'de\r\nx: y'}), {code: 'invalid-request'});
    await assert.rejects(run(drinks, {'X-Language': '日本'}), {code: 'invalid-request'});
  });

  test('work with this server’s own description', async () => {
    await using own = await startChat();
    const tools = await openapiTools({
      document: `${own.url}/openapi.json`,
      operations: ['GET /*', 'POST /v1/embeddings'],
    });
    assert.ok(tools.length > 5, String(tools.length));
    const [models] = await openapiTools({document: `${own.url}/openapi.json`, operations: ['GET /v1/models']});
    assert.ok(models);
    await using chat = await startChat({tools: [models]});
    chat.upstream.script(callsTool(models.name, {}), says('One model.'));
    const {answer} = await chat.ask('Which models?');
    const [call] = answer.parts;
    assert.ok(call?.type === 'tool' && isObject(call.output));
    assert.equal(call.state, 'done');
    assert.equal(call.output['object'], 'list');
  });

  test('come from a file and from an address by the configuration', async () => {
    await using server = await startShop();
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-openapi-'));
    try {
      await writeFile(join(folder, 'shop.json'), JSON.stringify(shop));
      await writeFile(join(folder, 'wrong.json'), '[]');
      const set = (name: string) => (name === 'SHOP' ? 'Bearer env' : undefined);
      const configure = async (more: object) => {
        const settings = [{openapi: 'shop.json', operations: ['listDrinks'], ...more}];
        return (await configuredTools(settings, {folder, set})).tools;
      };
      const [list] = await configure({
        baseUrl: `${server.url}/api/`,
        headersEnv: {authorization: 'SHOP'},
        prefix: 'shop',
      });
      assert.equal(list?.name, 'shop_listDrinks');
      const answer = await run(list, {});
      assert.ok(isObject(answer));
      assert.deepEqual([answer['asked'], answer['authorization']], ['GET /api/drinks?', 'Bearer env']);
      const [fetched] = await configure({openapi: `${server.url}/openapi.json`});
      assert.equal(fetched?.name, 'listDrinks');
      const notes: string[] = [];
      const settings = [{openapi: `${server.url}/openapi.json`, operations: ['listTeas']}];
      const {tools, toolsets} = await configuredTools(settings, {folder, set, note: (each) => notes.push(each)});
      assert.deepEqual(tools, []);
      // The document may have the operation again tomorrow.
      assert.match(notes.join(), /^The tools of http.*\/openapi\.json are left out, .*no operation “listTeas”/);
      for (const toolset of toolsets) await toolset.close?.();
      await assert.rejects(configure({}), /names no address of its server/);
      await assert.rejects(configure({headersEnv: {a: 'NONE'}}), /needs the variable NONE/);
      await assert.rejects(configure({openapi: 'wrong.json'}), /wrong\.json is not JSON/);
      await assert.rejects(configure({openapi: 'missing.json'}), /missing\.json cannot be read/);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  const refused: readonly (readonly [name: string, document: object, told: RegExp, operations?: readonly string[]])[] =
    [
      ['is of version 2', {swagger: '2.0', paths: {}}, /not OpenAPI 3/],
      ['is empty', {}, /not OpenAPI 3/],
      ['has no such operation', shop, /no operation “listTeas”\. It has listDrinks, addDrink/, ['listTeas']],
      ['wants a file', shop, /“upload” takes multipart\/form-data, which a model cannot write/, ['upload']],
      [
        'has too many operations',
        {openapi: '3.0.3', paths: Object.fromEntries(Array.from({length: 300}, (_, i) => [`/o${i}`, {get: {}}]))},
        /300 operations .* are chosen, and models take at most 128/,
      ],
    ];
  for (const [name, document, told, operations] of refused) {
    test(`a document that ${name} is refused at the start, by a sentence for the operator`, async () => {
      await assert.rejects(made(document, operations && {operations}), (error: unknown) => {
        assert.ok(error instanceof ChatError);
        assert.match(error.message, told);
        return true;
      });
    });
  }

  test('a document sends requests to no other server than its own, unless the operator says so', async () => {
    const elsewhere = {...shop, servers: [{url: 'http://127.0.0.1:9/secret'}]};
    await using server = await startShop(elsewhere);
    const document = `${server.url}/openapi.json`;
    await assert.rejects(
      openapiTools({document, operations: ['*']}),
      /another server, http:\/\/127\.0\.0\.1:9\. Set baseUrl/,
    );
    const [list] = await openapiTools({document, operations: ['listDrinks'], baseUrl: server.url});
    assert.ok(list);
    assert.ok(isObject(await run(list, {})));
    await assert.rejects(
      openapiTools({document: `${server.url}/500`, operations: ['*']}),
      /answered with an error \(500\)/,
    );
    await assert.rejects(openapiTools({document: 'openapi.json', operations: ['*']}), /is no address/);
  });
});

suite('documents that are wrong', () => {
  const wrong: Readonly<Record<string, readonly [document: object, names: readonly string[]]>> = {
    'paths that are a list': [{paths: []}, []],
    'no paths': [{}, []],
    'operations that are no objects': [{paths: {'/a': {get: null, post: 3, put: []}, '/b': 'x', c: {get: {}}}}, []],
    'references in circles': [
      {
        paths: {'/a': {$ref: '#/paths/~1b'}, '/b': {$ref: '#/paths/~1a'}, '/c': {get: {parameters: [{$ref: '#/x'}]}}},
        x: {$ref: '#/x'},
      },
      ['get_c'],
    ],
    'references out of the document': [
      {
        paths: {
          '/a': {get: {parameters: [{$ref: 'http://127.0.0.1:9/x'}, {$ref: 'file:///etc/passwd'}, {$ref: '#/%ff'}]}},
        },
      },
      ['get_a'],
    ],
    'references to prototypes': [{paths: {'/a': {get: {parameters: [{$ref: '#/constructor/prototype'}]}}}}, ['get_a']],
    'parameters of wrong types': [
      {
        paths: {
          '/a/{x}/{x}/{': {
            parameters: 'none',
            get: {
              operationId: 7,
              parameters: [null, 'x', {name: 3, in: 'query'}, {name: 'q', in: 'nowhere'}, {name: 'y', in: 'path'}],
              requestBody: {content: []},
            },
          },
        },
      },
      ['get_a_x_x'],
    ],
    'schemas of wrong types': [
      {
        paths: {
          '/a': {
            post: {
              operationId: '../ä b',
              requestBody: {
                content: {
                  'application/json': {
                    schema: {
                      type: 'object',
                      required: 'all',
                      properties: {
                        a: {type: 'file', enum: [], minimum: 'x', maxLength: -1},
                        b: {type: ['string', 7], enum: [{}, [], 1], nullable: true, pattern: '('},
                        c: true,
                        d: {items: 3, type: 'array', anyOf: [], oneOf: 'x', allOf: [false, {type: 'integer'}]},
                        e: {type: 'number', minimum: 3, exclusiveMinimum: true, not: {}, if: {}, $ref: 5},
                        f: {$dynamicRef: '#x', unevaluatedProperties: false, dependentRequired: {a: ['b']}},
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      ['_____b'],
    ],
  };
  for (const [name, [document, names]] of Object.entries(wrong)) {
    test(`a document with ${name} gives the tools that it can`, async () => {
      const tools = await made({openapi: '3.0.1', ...document}, names.length === 0 ? {operations: []} : {});
      assert.deepEqual(
        tools.map((tool) => tool.name),
        names,
      );
    });
  }

  test('operations with one id, with none, and with long ones get names of their own', async () => {
    const get = (operationId?: string) => ({get: {...(operationId !== undefined && {operationId})}});
    const paths = {'/a': get('one'), '/b': get('one'), '/c': get('one!'), '/d': get('one?'), '/': get(), '/{x}': get()};
    const long = 'x'.repeat(100);
    const tools = await made({openapi: '3.0.0', paths: {...paths, '/e': get(long), '/f': get(long)}});
    const names = tools.map(({name}) => name);
    assert.deepEqual(names.slice(0, 6), ['one', 'one_2', 'one_', 'one__2', 'get_', 'get_x']);
    assert.equal(new Set(names).size, 8);
    assert.ok(names.every((name) => name.length <= 64));
  });

  test('schemas that refer to themselves, and huge ones, end', async () => {
    const self = {
      type: 'object',
      properties: Object.fromEntries(['a', 'b', 'c', 'd'].map((key) => [key, {$ref: '#/s'}])),
    };
    const wide = {
      type: 'object',
      properties: Object.fromEntries(Array.from({length: 5_000}, (_, i) => [`p${i}`, {$ref: '#/s'}])),
    };
    const operation = (schema: object) => ({post: {requestBody: {content: {'application/json': {schema}}}}});
    const paths = {'/self': operation({$ref: '#/s'}), '/wide': operation(wide)};
    const tools = await made({openapi: '3.1.0', paths, s: self});
    assert.equal(tools.length, 2);
    for (const tool of tools) assert.ok(JSON.stringify(tool.inputSchema).length < 200_000);
    assert.deepEqual(toolNamed(tools, 'post_self').prepare({body: {a: {b: {c: {}}}}}).needsApproval, true);
  });
});

function propertiesOf(tool: Tool): Readonly<Record<string, Json>> {
  const {properties} = tool.inputSchema as {properties: Record<string, Json>};
  return properties;
}

function bodyOf(tool: Tool): Readonly<Record<string, unknown>> {
  const {properties} = propertiesOf(tool)['body'] as {properties: Record<string, unknown>};
  return properties;
}
