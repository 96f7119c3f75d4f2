/** The button in the corner of a page, and the panel with the chat that it opens. */
import {LauncherButton} from './launcher-button.ts';
import {createPanel} from './panel.ts';

/**
 * A floating button that opens a chat. Takes the attributes of `<chatlet-chat>` and hands them on, or holds a
 * `<chatlet-chat>` that the page puts in.
 *
 * @tagname chatlet-launcher
 * @attr {string} position - `top` or `bottom`, and `start`, `end`, `left` or `right`; by default `bottom-end`.
 * @attr {string} offset-x - The distance from the side, in pixels or as any length.
 * @attr {string} offset-y - The distance from the bottom or the top.
 * @slot - Shown in its place on the page. A `<chatlet-chat>` is shown in the panel, in place of the launcher's own.
 * @slot icon - In place of the mark on the button.
 * @fires chatlet-open - The panel has opened.
 * @fires chatlet-close - The panel has closed.
 * @csspart launcher - The button.
 * @csspart panel - The panel.
 * @cssproperty [--chatlet-launcher-inset=20px] - The distance from the edges of the window.
 * @cssproperty --chatlet-launcher-offset-x - The distance from the side, if it is another.
 * @cssproperty --chatlet-launcher-offset-y - The distance from the bottom or the top, if it is another.
 * @cssproperty [--chatlet-launcher-size=58px] - The button's width and height.
 * @cssproperty [--chatlet-panel-width=400px] - The panel's width.
 * @cssproperty [--chatlet-panel-height=660px] - The panel's height, if the window is high enough.
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
