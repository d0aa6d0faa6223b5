// Projects the land of the world, a point in each country, and the cities that are given as [code, longitude, latitude].
// Countries have the numbers of ISO 3166-1. The land of 1:110m is enough for a picture as wide as a page.
import { readFileSync } from "node:fs";
import { geoArea, geoCentroid, geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";

const [width, cities] = process.argv.slice(2).map((each) => JSON.parse(each));
const SOUTHERNMOST = -60;

const read = (name) => JSON.parse(readFileSync(new URL(`node_modules/world-atlas/${name}`, import.meta.url)));
const polygons = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);
const polygon = (coordinates) => ({ type: "Polygon", coordinates });
const round = (position) => position.map((each) => Math.round(each * 10) / 10);

const atlas = read("land-110m.json");
// No member lies on the Antarctic.
const shown = polygons(feature(atlas, atlas.objects.land).features[0].geometry).filter((each) => geoCentroid(polygon(each))[1] > SOUTHERNMOST);
const land = { type: "MultiPolygon", coordinates: shown };
const projection = geoEqualEarth().fitWidth(width, land);
const path = geoPath(projection).digits(1);

// The middle of the largest part: that of all parts of France is in the Atlantic.
const countries = read("countries-50m.json");
const places = {};
for (const { id, geometry } of feature(countries, countries.objects.countries).features) {
  if (id === undefined) continue;
  const largest = polygons(geometry).map(polygon).reduce((one, other) => (geoArea(one) < geoArea(other) ? other : one));
  places[id] = round(projection(geoCentroid(largest)));
}
for (const [code, ...position] of cities) places[code] = round(projection(position));

console.log(JSON.stringify({ height: Math.ceil(path.bounds(land)[1][1]), land: path(land), places }));
