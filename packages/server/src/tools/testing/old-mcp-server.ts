/** A small MCP server of the revision of 2025, as a program. For tests. */
import {McpServer} from '@modelcontextprotocol/sdk/server/mcp.js';
import {StdioServerTransport} from '@modelcontextprotocol/sdk/server/stdio.js';
import {z} from 'zod';

const server = new McpServer({name: 'old-kitchen', version: '1.0.0'});
server.registerTool(
  'menu',
  {description: 'Lists the drinks.', inputSchema: {}, annotations: {readOnlyHint: true}},
  async () => ({content: [{type: 'text', text: 'Old tea'}]}),
);
server.registerTool('order', {description: 'Orders a drink.', inputSchema: {drink: z.string()}}, async ({drink}) => ({
  content: [{type: 'text', text: `One old ${drink}`}],
}));
await server.connect(new StdioServerTransport());
