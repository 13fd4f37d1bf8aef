// Builds the site's script and style into hashed files; the template tag `assets` reads the manifest.
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [tailwindcss()],
  base: "./",
  publicDir: false,
  build: {
    outDir: "src/laotie/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0, // the content security policy admits no data: fonts
    modulePreload: false,
    target: "es2022",
    rolldownOptions: {
      input: { site: "src/laotie/web/assets/site.ts" },
      checks: { eval: false }, // htmx holds one; allowEval=false keeps it from being reached
    },
  },
});
