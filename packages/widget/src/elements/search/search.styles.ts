export const searchStyles = `
  :host {
    position: relative;
  }

  .found {
    position: absolute;
    z-index: 1;
    inset-inline: 0;
    inset-block-end: calc(100% + 6px);
    display: flex;
    flex-direction: column;
    border: 1px solid var(--_line);
    border-radius: 16px;
    background: var(--_background);
    box-shadow: var(--_shadow);
  }

  /* In place of the greeting. */
  .found.whole {
    border: 0;
    border-radius: 0;
    box-shadow: none;
  }

  .pages {
    flex: 1;
    min-block-size: 0;
    padding: 6px;
    overflow-y: auto;
    scrollbar-width: thin;
  }

  .page {
    display: block;
    padding: 9px 12px;
    border-radius: 12px;
    color: var(--_ink);
    line-height: 1.45;
    text-decoration: none;
  }

  .page[aria-selected='true'] {
    background: var(--_surface-2);
  }

  .page-title,
  .page-about {
    display: block;
    overflow-wrap: anywhere;
  }

  .page-title {
    font-size: calc(14.5 * var(--_px));
    font-weight: 600;
  }

  .page-about {
    display: -webkit-box;
    overflow: hidden;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }

  .page b {
    color: var(--_link);
    font-weight: 600;
  }

  .no-pages {
    margin: 0;
    padding: 12px 18px 6px;
    color: var(--_muted);
    font-size: calc(13.5 * var(--_px));
  }

  .hints {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 16px;
    margin: 0;
    padding: 6px 18px 9px;
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
  }

  /* They are about keys. */
  @media (hover: none) {
    .hints {
      display: none;
    }
  }

  @media (forced-colors: active) {
    .page[aria-selected='true'] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
