/** Tools of a GraphQL server, asked over HTTP. */
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import {buildSchema, graphql, NoSchemaIntrospectionCustomRule, parse, validate} from 'graphql';
import type {Json} from '@chatlet/protocol';
import {graphqlTools} from './graphql.ts';

const schema = buildSchema(`
  enum Size { SMALL LARGE }
  "A drink and how it is made."
  input Drink { name: String!, size: Size = SMALL, extras: [String!], other: Drink }
  scalar Date
  type Order { id: ID!, drink: String!, at: Date }
  type Query { orders(after: Int!, most: Float, open: Boolean, on: Date): [Order!]!, broken: String! }
  type Change { order: Order, receipt: String, number: Int! }
  type Mutation { order(drinks: [Drink!]!): Order!, change(isBad: Boolean): Change! }
  type Subscription { orders: Order! }
`);

const rootValue = {
  orders: ({after}: {after: number}) => [{id: String(after), drink: 'Tea', at: '2026-01-01'}],
  order: ({drinks}: {drinks: readonly {name: string}[]}) => ({id: '9', drink: drinks.map(({name}) => name).join()}),
  change: ({isBad}: {isBad?: boolean}) => ({
    order: {id: '9', drink: 'Milk'},
    receipt: () => {
      throw new Error('The printer is out of paper.');
    },
    number: isBad ? null : 1,
  }),
  broken: () => {
    throw new Error('The kitchen is closed.');
  },
};

/** A GraphQL server that answers over HTTP, and refuses its schema if it is `closed`. */
async function startGraphql({closed = false} = {}) {
  const bodies: {query: string; operationName?: string; variables?: Record<string, unknown>}[] = [];
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += String(chunk);
    const body = JSON.parse(text) as (typeof bodies)[number];
    bodies.push(body);
    const refused = closed ? validate(schema, parse(body.query), [NoSchemaIntrospectionCustomRule]) : [];
    const {query: source, operationName, variables: variableValues} = body;
    const answer =
      refused.length > 0
        ? {errors: refused}
        : await graphql({
            schema,
            source,
            rootValue,
            operationName: operationName ?? null,
            variableValues: variableValues ?? {},
          });
    res.writeHead(refused.length > 0 ? 400 : 200, {'content-type': 'application/json'}).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/graphql`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const operations = `
  # Lists orders.
  # The newest first.
  query orders($after: Int!, $most: Float = 5, $open: Boolean, $on: Date) {
    orders(after: $after, most: $most, open: $open, on: $on) { ...about }
  }
  mutation order($drinks: [Drink!]!) { order(drinks: $drinks) { ...about } }
  query broken { broken }
  fragment about on Order { id drink }
`;

suite('tools of a GraphQL server', () => {
  test('have the comments as descriptions and the variables as input; a mutation needs an approval', async () => {
    await using server = await startGraphql();
    const [orders, order] = await graphqlTools({endpoint: server.endpoint, operations});
    assert.equal(orders?.description, 'Lists orders. The newest first.');
    assert.deepEqual(orders.inputSchema, {
      type: 'object',
      properties: {after: {type: 'integer'}, most: {type: 'number'}, open: {type: 'boolean'}, on: {}},
      required: ['after'],
      additionalProperties: false,
    });
    assert.match(order?.description ?? '', /^Runs the GraphQL mutation order/);
    assert.ok(order);
    const {properties} = order.inputSchema as {properties: {drinks: {items: {properties: object; required: Json}}}};
    const {items} = properties.drinks;
    assert.deepEqual(items.required, ['name']);
    const {other: _, ...fields} = items.properties as Record<string, unknown>;
    assert.deepEqual(fields, {
      name: {type: 'string'},
      size: {enum: ['SMALL', 'LARGE']},
      extras: {type: 'array', items: {type: 'string'}},
    });
    assert.equal(orders.prepare({after: 1}).needsApproval, false);
    assert.equal(order?.prepare({drinks: [{name: 'Tea'}]}).needsApproval, true);
    assert.throws(() => orders.prepare({after: 'one'}), {code: 'invalid-request'});
    assert.throws(() => order?.prepare({drinks: [{name: 'Tea', size: 'HUGE'}]}), {code: 'invalid-request'});
  });

  test('send their operation with its own fragments, and give the data or the server’s errors', async () => {
    await using server = await startGraphql();
    const tools = await graphqlTools({endpoint: server.endpoint, operations});
    const run = (index: number, input: Json) =>
      tools[index]?.prepare(input).run({owner: 'user:ada', callId: 'c', signal: AbortSignal.timeout(5_000)});
    assert.deepEqual(await run(0, {after: 7}), {orders: [{id: '7', drink: 'Tea'}]});
    assert.deepEqual(await run(1, {drinks: [{name: 'Tea'}, {name: 'Milk'}]}), {order: {id: '9', drink: 'Tea,Milk'}});
    await assert.rejects(async () => run(2, {}), {message: 'The GraphQL server refused: The kitchen is closed.'});
    const [, sent] = server.bodies;
    assert.deepEqual([sent?.operationName, sent?.variables], ['orders', {after: 7}]);
    assert.match(sent?.query ?? '', /fragment about on Order/);
    assert.doesNotMatch(sent?.query ?? '', /mutation/);
  });

  test('tell a mutation that was done although a part of it failed, and doubt where nothing came back', async () => {
    await using server = await startGraphql();
    const changes = `mutation change { change { order { drink } receipt } }
      mutation changeBadly { change(isBad: true) { number } }`;
    const tools = await graphqlTools({endpoint: server.endpoint, operations: changes});
    const run = async (index: number) =>
      tools[index]?.prepare({}).run({owner: 'user:ada', callId: 'c', signal: AbortSignal.timeout(5_000)});
    assert.deepEqual(await run(0), {
      note: 'A part of it failed, see `errors`. What `data` tells was done.',
      data: {change: {order: {drink: 'Milk'}, receipt: null}},
      errors: ['The printer is out of paper.'],
    });
    await assert.rejects(run(1), {message: /refused: Cannot return null.*Whether it was done is not known\.$/});
  });

  const mistakes: readonly (readonly [name: string, operations: string, told: RegExp])[] = [
    ['does not parse', 'query {', /cannot be read: Syntax Error/],
    ['does not fit the schema', 'query q { drinks { name } }', /do not fit the server: Cannot query field "drinks"/],
    ['has an operation without a name', 'query { broken }', /query needs a name/],
    ['has a subscription', 'subscription s { orders { id } }', /subscription s cannot be a tool/],
    ['has fragments alone', 'fragment f on Order { id }', /has no operation|is never used/],
  ];
  for (const [name, document, told] of mistakes) {
    test(`a document that ${name} is refused at the start, by a sentence for the operator`, async () => {
      await using server = await startGraphql();
      await assert.rejects(graphqlTools({endpoint: server.endpoint, operations: document}), {message: told});
    });
  }

  test('a server that hides its schema, or is not there, is named at the start', async () => {
    await using closed = await startGraphql({closed: true});
    await assert.rejects(graphqlTools({endpoint: closed.endpoint, operations}), /refused: GraphQL introspection/);
    await assert.rejects(graphqlTools({endpoint: 'http://127.0.0.1:9/graphql', operations}), {
      code: 'provider-unavailable',
    });
  });
});
