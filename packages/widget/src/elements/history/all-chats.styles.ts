/** The styles of the menu for all chats. A text, because a chunk with Lit in it would cost every page. */
export const allChatsStyles = `
  /* Under the first line of the list, and as wide as the list. */
  .all-chats-menu {
    position: absolute;
    z-index: 1;
    inset-inline: 12px;
    inset-block-start: 58px;
    padding: 6px;
    border: 1px solid var(--_line);
    border-radius: 15px;
    background: var(--_background);
    box-shadow: var(--_shadow);
    line-height: 1.4;
  }

  .all-chats-menu [role='menuitem'] {
    display: block;
    inline-size: 100%;
    min-block-size: 40px;
    padding: 9px 10px;
    border-radius: 10px;
  }

  .all-chats-menu [role='menuitem']:is(:hover, :focus) {
    background: var(--_surface-2);
  }

  .all-chats-menu [role='menuitem']:focus-visible {
    outline-offset: -2px;
  }

  .all-chats-menu .danger {
    color: light-dark(#b3261e, #ff9a90);
  }

  .all-chats-menu p {
    margin: 0;
    padding: 8px 10px;
  }

  .all-chats-menu p:empty {
    padding: 0;
  }

  .all-chats-menu .answers {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    padding: 4px;
  }

  @media (pointer: coarse) {
    .all-chats-menu [role='menuitem'] {
      min-block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .all-chats-menu [role='menuitem']:focus {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
