/** The button in the corner of a page, and the panel with the chat that it opens. */
import {LauncherButton} from './launcher-button.ts';
import {createPanel} from './panel.ts';

/**
 * A floating button that opens a chat. Takes the attributes of `<chatlet-chat>` and hands them on, or holds a
 * `<chatlet-chat>` that the page puts in.
 *
 * @tagname chatlet-launcher
 * @attr {'bottom-end' | 'bottom-start' | 'bottom-left' | 'bottom-right' | 'top-end' | 'top-start' | 'top-left' | 'top-right'} position - The corner of the window; by default `bottom-end`.
 * @attr {string} offset-x - The distance from the side, in pixels or as any length.
 * @attr {string} offset-y - The distance from the bottom or the top.
 * @slot - Shown in its place on the page. A `<chatlet-chat>` is shown in the panel, in place of the launcher's own.
 * @slot icon - In place of the mark on the button.
 * @fires chatlet-open
 * @fires chatlet-close
 * @csspart launcher - The button.
 * @csspart panel - The panel.
 * @cssproperty {<length>} [--chatlet-launcher-inset=20px] - The distance from the edges of the window.
 * @cssproperty {<length-percentage>} --chatlet-launcher-offset-x - The distance from the side, if it is another.
 * @cssproperty {<length-percentage>} --chatlet-launcher-offset-y - The distance from the bottom or the top, if it is another.
 * @cssproperty {<length>} [--chatlet-launcher-size=58px] - The button's width and height.
 * @cssproperty {<length>} [--chatlet-panel-width=400px] - The panel's width.
 * @cssproperty {<length>} [--chatlet-panel-height=660px] - The panel's height, if the window is high enough.
 */
export class ChatletLauncher extends LauncherButton {
  static {
    LauncherButton.loadPanel = () => Promise.resolve({createPanel});
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-launcher': ChatletLauncher;
  }
}
