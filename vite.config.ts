// Builds the site's script and style into hashed files; the template tag `assets` reads the manifest.
import tailwindcss from "@tailwindcss/vite";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const built = "src/laotie/web/static/dist";

// The web server sends x.gz instead of x where it finds one.
const compressed: Plugin = {
  name: "compressed",
  closeBundle() {
    for (const name of readdirSync(`${built}/assets`)) {
      const path = `${built}/assets/${name}`;
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [tailwindcss(), compressed],
  base: "./",
  publicDir: false,
  build: {
    outDir: built,
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
