/** What a tool or a resource of an MCP server gives, as a model reads it, and the sources that it names. Pure. */
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {ToolSource} from '../../engine/tool.ts';

/** The parts of a result as text. A model reads the names of images and sounds, and not their bytes. */
export function printContent(content: mcpPackage.CallToolResult['content']): string {
  const parts = content.map((part) => {
    switch (part.type) {
      case 'text':
        return part.text;
      case 'resource':
        return 'text' in part.resource ? part.resource.text : `(${part.resource.uri})`;
      case 'resource_link':
        return `${part.title ?? part.name}: ${part.uri}`;
      case 'image':
      case 'audio':
        return `(${part.type}, ${part.mimeType})`;
      default:
        return '';
    }
  });
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Characters of a resource's text that are shown with its source. */
const quoteLength = 300;
/** Sources of one result. */
const mostSources = 20;

/** The resources that a result holds or names. Only addresses that a person can open are shown as such. */
export function sourcesOf(content: mcpPackage.CallToolResult['content']): readonly ToolSource[] {
  const sources = content.flatMap((part): readonly ToolSource[] => {
    if (part.type === 'resource_link') {
      return [toSource(part.uri, part.title ?? part.name, part.description)];
    }
    if (part.type !== 'resource') return [];
    const {resource} = part;
    return [toSource(resource.uri, undefined, 'text' in resource ? resource.text : undefined)];
  });
  return sources.slice(0, mostSources);
}

export function toSource(uri: string, name?: string, quote?: string): ToolSource {
  return {
    id: uri,
    title: name ?? lastOf(uri),
    ...(/^https?:\/\//i.test(uri) && {url: uri}),
    ...(quote && {quote: quote.length > quoteLength ? `${quote.slice(0, quoteLength)}…` : quote}),
  };
}

/** The last name in an address, as of a file. */
function lastOf(uri: string): string {
  return uri.split(/[/:]/).findLast((name) => name !== '') ?? uri;
}
