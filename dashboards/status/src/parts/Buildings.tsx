// The buildings grid by grid, as tiles or as a map.

import type { Signal } from "@preact/signals";
import type { Tile as Facts } from "../shapes.ts";
import { choose, look } from "../store/looking.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";
import { later } from "./Later.tsx";
import { Tile } from "./Tile.tsx";

export interface Group {
  id: string;
  name: string;
  tiles: Signal<Facts>[];
}

const CompoundMap = later(async () => (await import("../pages/map.ts")).CompoundMap, (failed) => (
  <p class="empty">{t(failed ? "page.failed" : "verdict.waiting")}</p>
));

export function Buildings() {
  const groups = grouped();
  const drawn = look.value === "map";
  return (
    <section class="split-buildings" aria-labelledby="buildings-title">
      <div class="buildings-head">
        <h2 id="buildings-title">{t("overview.buildings")}</h2>
        <button type="button" class="tool" onClick={() => choose(drawn ? "list" : "map")}>
          {t(drawn ? "overview.as_list" : "overview.as_map")}
        </button>
      </div>
      {drawn ? <CompoundMap groups={groups} /> : groups.map((group) => <Tiles key={group.id} group={group} />)}
    </section>
  );
}

function Tiles({ group: { name, tiles } }: { group: Group }) {
  return (
    <div class="grid-group">
      {name !== "" && <h3>{name}</h3>}
      <div class="tiles">
        {tiles.map((tile) => (
          <Tile key={tile.peek().id} tile={tile} />
        ))}
      </div>
    </div>
  );
}

/** Buildings by grid in the compound's order; those in none stand last. */
function grouped(): Group[] {
  const tiles = overview.buildings.value.flatMap((id) => overview.tile(id) ?? []);
  const grids = overview.grids.value;
  const groups = grids.map((grid) => ({ ...grid, tiles: tiles.filter((tile) => tile.peek().grid === grid.id) }));
  const rest = tiles.filter((tile) => !grids.some((grid) => grid.id === tile.peek().grid));
  return [...groups, { id: "", name: "", tiles: rest }].filter((group) => group.tiles.length > 0);
}
