<?php
/**
 * Plugin Name: Chatlet
 * Description: The chat button of a Chatlet server on every page of this site.
 * Version: 1.0.0
 * License: MIT
 */

if (!defined('ABSPATH')) exit;

// The address of your server. Or write in wp-config.php: define('CHATLET_SERVER', 'https://chat.example.com');
if (!defined('CHATLET_SERVER')) define('CHATLET_SERVER', 'http://localhost:8000');

add_action('wp_footer', function () {
    $server = esc_url(CHATLET_SERVER);
    echo <<<HTML
        <script defer src="{$server}/chatlet.js"></script>
        <chatlet-launcher page-font></chatlet-launcher>
    HTML;
});
