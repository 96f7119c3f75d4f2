/** A window in which a panel fills the screen, as a media query: a phone. As in the styles of the launcher. */
export const smallWindow = '(max-width: 480px), (max-height: 480px)';
