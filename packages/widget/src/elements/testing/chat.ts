/** A chat in a box of a known size, as it stands on a page. */
import {fixture, html} from '@open-wc/testing';
import type {ChatTransport} from '../../client/transport.ts';
import '../../define.ts';
import type {ChatletChat} from '../chat/chat.ts';

interface Box {
  /** In pixels. */
  readonly width?: number;
  readonly height?: number;
  /** The language of the box. */
  readonly lang?: string;
  /** Styles of the element itself. */
  readonly style?: string;
}

/** The box goes when the test ends. */
export async function chatInBox(transport: ChatTransport, {width = 400, height = 600, lang, style = ''}: Box = {}) {
  const box = document.createElement('div');
  if (lang !== undefined) box.lang = lang;
  box.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
  const element = await fixture<ChatletChat>(
    html`<chatlet-chat style=${style} .transport=${transport}></chatlet-chat>`,
    {parentNode: box},
  );
  return {element, box, root: element.renderRoot as ShadowRoot};
}
