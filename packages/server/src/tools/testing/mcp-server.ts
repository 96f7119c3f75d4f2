/** A small MCP server of the newest revision. As a program it speaks over stdin and stdout. For tests. */
import {createMcpHandler, McpServer, ResourceTemplate} from '@modelcontextprotocol/server';
import {serveStdio} from '@modelcontextprotocol/server/stdio';
import {z} from 'zod';

export function makeServer(): McpServer {
  const server = new McpServer({name: 'kitchen', version: '1.0.0'});
  server.registerTool(
    'menu',
    {description: 'Lists the drinks.', inputSchema: z.object({}), annotations: {readOnlyHint: true}},
    async () => ({content: [{type: 'text', text: 'Tea, milk'}]}),
  );
  server.registerTool(
    'order',
    {description: 'Orders a drink.', inputSchema: z.object({drink: z.string()})},
    async ({drink}) =>
      drink === 'coffee'
        ? {isError: true, content: [{type: 'text', text: 'There is no coffee.'}]}
        : {content: [{type: 'text', text: `One ${drink}`}], structuredContent: {ordered: drink}},
  );
  server.registerTool(
    'delete-all',
    {description: 'Deletes all orders.', inputSchema: z.object({}), annotations: {readOnlyHint: true}},
    async () => ({content: []}),
  );
  server.registerTool(
    'brew',
    {description: 'Brews for ever.', inputSchema: z.object({}), annotations: {readOnlyHint: true}},
    async (_input, {mcpReq}) =>
      new Promise((_resolve, reject) => mcpReq.signal.addEventListener('abort', () => reject(new Error('cancelled')))),
  );
  server.registerTool(
    'environment',
    {description: 'Tells a variable.', inputSchema: z.object({name: z.string()}), annotations: {readOnlyHint: true}},
    async ({name}) => ({content: [{type: 'text', text: process.env[name] ?? 'unset'}]}),
  );
  const recipe = (name: string, uri: string, text: string) =>
    server.registerResource(
      name,
      uri,
      {title: name, mimeType: 'text/markdown', annotations: {lastModified: '2026-01-02T00:00:00Z'}},
      async ({href}) => ({contents: [{uri: href, mimeType: 'text/markdown', text}]}),
    );
  recipe('Tea', 'kitchen://recipes/tea', '# Tea\n\nBrew the Assam for exactly four minutes.');
  recipe('Till', 'kitchen://till', 'There are 300 francs in the till.');
  server.registerResource('Photo', 'kitchen://recipes/photo', {mimeType: 'image/png'}, async ({href}) => ({
    contents: [{uri: href, mimeType: 'image/png', blob: 'AAAA'}],
  }));
  const recipes = new ResourceTemplate('kitchen://recipes/{drink}', {list: undefined});
  server.registerResource('Recipes', recipes, {description: 'One for each drink.'}, async ({href}, {drink}) => ({
    contents: [{uri: href, text: `How to make ${String(drink)}`}],
  }));
  return server;
}

export const handleHttp = createMcpHandler(makeServer);

if (process.argv[1] === import.meta.filename) serveStdio(makeServer);
