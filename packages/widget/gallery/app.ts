/** The app of a tool in the gallery. It takes the colours of the chat around it, as the apps of MCP servers do. */

interface HostContext {
  readonly theme?: string;
  readonly styles?: {readonly variables?: Readonly<Record<string, string>>};
}

interface FromChat {
  readonly result?: {readonly hostContext?: HostContext};
  readonly params?: HostContext;
}

function show({theme = 'light', styles}: HostContext): void {
  const {style} = document.documentElement;
  style.colorScheme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) style.setProperty(name, value);
}

addEventListener('message', ({ports: [port]}) => {
  if (!port) return;
  port.addEventListener('message', ({data}: MessageEvent<FromChat>) => {
    const context = data.result?.hostContext ?? data.params;
    if (context) show(context);
    if (!data.result) return;
    port.postMessage({jsonrpc: '2.0', method: 'ui/notifications/initialized'});
    const height = document.documentElement.offsetHeight;
    port.postMessage({jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: {height}});
    document.documentElement.dataset['shown'] = '';
  });
  port.start();
  port.postMessage({jsonrpc: '2.0', id: 1, method: 'ui/initialize', params: {}});
});
