import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import "./index.css";
import { queries, start } from "./state/house";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
createRoot(place).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
);
void start();
