"use strict";
// The page of the server: everything it does is a call of the interface that /openapi.json describes.
// Texts of people are set as text, never as markup.

const at = id => document.getElementById(id);
let models = [];
let model = null; // the one that is chosen
let photo = null; // {file, bitmap}
let shown = null; // the clip on the stage
let events = null;

async function call(path, options) {
  const answer = await fetch(path, options);
  const json = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Error(json && json.error ? json.error.message : "the server answered " + answer.status);
  }
  return json;
}

function complain(problem) {
  at("error").textContent = problem ? String(problem.message || problem) : "";
  at("error").hidden = !problem;
}

function option(select, value, text, chosen) {
  const item = document.createElement("option");
  item.value = value;
  item.textContent = text;
  item.selected = chosen;
  select.append(item);
}

function sizes() {
  const [width, height] = model.size.split("x").map(Number);
  const step = model.size_step;
  const round = side => Math.max(step, Math.round(side / step) * step);
  const all = new Set();
  for (const [w, h] of [[width, height], [width * 1.5, height], [width, height * 1.5], [width * 2, height], [width, height * 2]]) {
    const size = round(w) + "x" + round(h);
    if (model.frames * round(w) * round(h) <= model.max_clip_pixels) {
      all.add(size);
    }
  }
  return all;
}

async function start() {
  models = (await call("/v1/models")).data;
  for (const one of models) {
    option(at("modelname"), one.id, one.id, one === models[0]);
  }
  at("models").hidden = models.length < 2;
  choose(models[0]);
  await past();
}

function choose(chosen) {
  model = chosen;
  for (const list of ["size", "frames", "examples"]) {
    at(list).replaceChildren();
  }
  at("model").textContent = "Made by the model “" + model.id + "” on " + (location.hostname === "localhost" || location.hostname.startsWith("127.") ? "this machine." : location.hostname + ".");
  at("model").title = model.description;
  for (const size of sizes()) {
    option(at("size"), size, size.replace("x", " × "), size === model.size);
  }
  const seconds = frames => (frames / model.fps).toFixed(1) + " s";
  const lengths = [1, 2, 4, 6, 8].map(groups => model.first_frames + model.frame_step * groups).filter(frames => frames <= 2 * model.frames);
  for (const frames of [...new Set([...lengths, model.frames])].sort((a, b) => a - b)) {
    option(at("frames"), frames, seconds(frames), frames === model.frames);
  }
  for (const prompt of model.prompts || []) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = prompt;
    button.addEventListener("click", () => { at("prompt").value = prompt; });
    at("examples").append(button);
  }
  at("drop").hidden = !model.takes_image;
  at("make").disabled = model.takes_image && !photo;
  at("expect").textContent = model.expect || "";
  at("about").hidden = !model.expect;
  draw();
}

async function take(file) {
  complain(null);
  if (!file) {
    return;
  }
  if (file.size > model.max_upload_bytes) {
    complain("The photo must have at most " + Math.floor(model.max_upload_bytes / 1048576) + " MiB.");
    return;
  }
  try {
    photo = {file, bitmap: await createImageBitmap(file)};
  } catch (e) {
    photo = null;
    at("crop").hidden = true;
    at("cropnote").hidden = true;
    at("make").disabled = true;
    complain("This file is no picture that the browser can read.");
    return;
  }
  at("make").disabled = false;
  draw();
}

// What the server does: scale until the size is covered, cut the middle.
function draw() {
  if (!photo) {
    return;
  }
  const [width, height] = at("size").value.split("x").map(Number);
  const {bitmap} = photo;
  const canvas = at("crop");
  canvas.width = width;
  canvas.height = height;
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const w = width / scale;
  const h = height / scale;
  canvas.getContext("2d").drawImage(bitmap, (bitmap.width - w) / 2, (bitmap.height - h) / 2, w, h, 0, 0, width, height);
  canvas.hidden = false;
  const lost = Math.round(100 - 100 * w * h / (bitmap.width * bitmap.height));
  at("cropnote").textContent = lost > 0 ? "This is the part that the clip starts with; " + lost + " % of the photo is cut off." : "";
  at("cropnote").hidden = lost <= 0;
  at("pick").firstElementChild.textContent = "Choose another photo";
}

async function make(seed) {
  complain(null);
  at("make").disabled = true;
  try {
    const form = new FormData();
    if (photo && model.takes_image) {
      form.append("input_reference", photo.file, "photo");
    }
    if (models.length > 1) {
      form.append("model", model.id);
    }
    form.append("prompt", at("prompt").value);
    form.append("size", at("size").value);
    form.append("frames", at("frames").value);
    if (seed !== "") {
      form.append("seed", seed);
    }
    watch(await call("/v1/videos", {method: "POST", body: form}));
    await past();
  } catch (e) {
    complain(e);
  } finally {
    at("make").disabled = model.takes_image && !photo;
  }
}

function watch(clip) {
  if (events) {
    events.close();
  }
  show(clip);
  if (clip.status === "completed" || clip.status === "failed") {
    return;
  }
  events = new EventSource("/v1/videos/" + clip.id + "/events");
  const hear = last => event => {
    show(JSON.parse(event.data));
    if (last) {
      events.close();
      past();
    }
  };
  events.addEventListener("queued", hear(false));
  events.addEventListener("progress", hear(false));
  events.addEventListener("preview", hear(false));
  events.addEventListener("done", hear(true));
  events.addEventListener("failed", hear(true));
  events.addEventListener("deleted", () => { events.close(); at("stage").hidden = true; past(); });
}

const STAGES = {
  text: "reading the prompt", image: "looking at the photo", base: "drawing the motion", upsample: "enlarging",
  refine: "refining", decode: "making frames",
};

function state(clip) {
  switch (clip.status) {
    case "queued":
      return clip.place > 1 ? "Waiting: number " + clip.place + " in the queue." : "Waiting: next in the queue.";
    case "in_progress":
      return "Working: " + (STAGES[clip.stage] || "starting")
        + (clip.stage_steps > 1 ? ", step " + clip.stage_step + " of " + clip.stage_steps : "")
        + (clip.seconds_left ? ", about " + Math.ceil(clip.seconds_left) + " s left" : "") + ".";
    case "completed":
      return "Done.";
    default:
      return clip.error && clip.error.code === "cancelled" ? "Cancelled." : "Failed: " + (clip.error ? clip.error.message : "");
  }
}

function show(clip) {
  const isNew = !shown || shown.id !== clip.id || shown.status !== clip.status;
  shown = clip;
  const isDone = clip.status === "completed";
  at("stage").hidden = false;
  at("working").hidden = isDone;
  at("result").hidden = !isDone;
  at("status").textContent = state(clip);
  soon(clip);
  at("bar").value = clip.progress;
  at("bar").hidden = clip.status === "failed";
  at("cancel").hidden = clip.status === "failed";
  if (isDone && isNew) {
    const content = "/v1/videos/" + clip.id + "/content";
    at("clip").src = content;
    at("clip").play().catch(() => {});
    at("before").src = content + "?variant=photo";
    at("compare").hidden = !clip.has_photo;
    at("caption").textContent = (clip.prompt || "no prompt") + " · seed " + clip.seed + " · " + clip.size.replace("x", " × ");
    at("mp4").href = content + "?download=1";
    at("gif").href = content + "?variant=gif&download=1";
    compare(false);
  }
  if (!isDone) {
    at("clip").removeAttribute("src");
  }
}

// The picture has the clip's shape from the start, so that nothing moves when it changes: first the photo, then previews.
function soon(clip) {
  const isEnded = clip.status === "completed" || clip.status === "failed";
  const size = clip.size.includes("x") ? clip.size : model.size;
  const maker = models.find(one => one.id === clip.model);
  at("soon").hidden = isEnded || !(clip.has_photo || maker && maker.has_previews);
  if (at("soon").hidden) {
    at("preview").removeAttribute("src");
    return;
  }
  at("preview").style.aspectRatio = size.replace("x", " / ");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const photo = clip.has_photo ? "/v1/videos/" + clip.id + "/content?variant=photo" : "data:,";
  const source = clip.preview ? (still ? clip.preview.replace("variant=preview", "variant=preview_still") : clip.preview) : photo;
  if (at("preview").getAttribute("src") === source) {
    return;
  }
  at("preview").className = clip.preview ? "" : "photo";
  at("preview").alt = clip.preview ? "Preview: a small and blurred version of the clip so far" : clip.has_photo ? "Your photo" : "";
  at("previewcaption").textContent = clip.preview ? "a rough preview; the clip will be sharper" : clip.has_photo ? "the photo, until there is a preview" : "no preview yet";
  at("preview").src = source;
}

function compare(on) {
  at("photoview").hidden = !on;
  at("compare").setAttribute("aria-pressed", String(on));
  if (shown && shown.size.includes("x")) {
    at("before").style.aspectRatio = shown.size.replace("x", " / ");
  }
}

async function past() {
  const {data} = await call("/v1/videos?limit=30");
  at("past").hidden = data.length === 0;
  at("history").replaceChildren(...data.map(row));
}

function row(clip) {
  const item = document.createElement("li");
  const open = document.createElement("button");
  open.type = "button";
  open.className = "open";
  if (clip.has_photo && clip.status !== "failed") {
    const picture = document.createElement("img");
    picture.src = "/v1/videos/" + clip.id + "/content?variant=photo";
    picture.alt = "";
    picture.loading = "lazy";
    open.append(picture);
  }
  const words = document.createElement("span");
  words.className = "words";
  words.textContent = clip.prompt || "no prompt";
  const facts = document.createElement("span");
  facts.className = "state";
  facts.textContent = clip.status === "completed" ? "seed " + clip.seed : state(clip);
  open.append(words, facts);
  open.addEventListener("click", async () => {
    watch(await call("/v1/videos/" + clip.id).catch(() => clip));
    at("stage").scrollIntoView({block: "nearest"});
  });
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "delete";
  remove.textContent = "Delete";
  remove.setAttribute("aria-label", "Delete the clip: " + (clip.prompt || "no prompt"));
  remove.addEventListener("click", async () => {
    await call("/v1/videos/" + clip.id, {method: "DELETE"}).catch(complain);
    if (shown && shown.id === clip.id) {
      at("stage").hidden = true;
    }
    await past();
  });
  item.append(open, remove);
  return item;
}

at("photo").addEventListener("change", event => take(event.target.files[0]));
at("size").addEventListener("change", draw);
at("modelname").addEventListener("change", event => choose(models.find(one => one.id === event.target.value)));
at("drop").addEventListener("dragover", event => { event.preventDefault(); at("drop").classList.add("over"); });
at("drop").addEventListener("dragleave", () => at("drop").classList.remove("over"));
at("drop").addEventListener("drop", event => {
  event.preventDefault();
  at("drop").classList.remove("over");
  take(event.dataTransfer.files[0]);
});
document.addEventListener("paste", event => {
  const file = [...event.clipboardData.files].find(one => one.type.startsWith("image/"));
  if (file) {
    event.preventDefault();
    take(file);
  }
});
at("form").addEventListener("submit", event => { event.preventDefault(); make(at("seed").value.trim()); });
at("prompt").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !at("make").disabled) {
    make(at("seed").value.trim());
  }
});
at("cancel").addEventListener("click", () => shown && call("/v1/videos/" + shown.id + "/cancel", {method: "POST"}).catch(complain));
at("compare").addEventListener("click", () => compare(at("photoview").hidden));
at("again").addEventListener("click", () => {
  if (model.takes_image && !photo) {
    complain("Choose the photo again first: the server keeps only a small copy of it.");
    return;
  }
  at("prompt").value = shown.prompt;
  at("seed").value = "";
  make("");
});

start().catch(complain);
