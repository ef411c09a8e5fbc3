/** Requests of `http`, for applications that name them. */
import { createHttpClient } from "../../../api/http/client.ts";
import { http, runtime } from "./http.ts";

Object.assign(http, createHttpClient(runtime));
