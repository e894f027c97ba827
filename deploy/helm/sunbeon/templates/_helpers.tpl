{{- define "sunbeon.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Selectors never change during an upgrade: name, instance and component only. Takes { root, component }. */}}
{{- define "sunbeon.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sunbeon.labels" -}}
{{ include "sunbeon.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sunbeon
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "sunbeon.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "sunbeon.fullname" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "sunbeon.image" -}}
{{- $name := printf "%s-%s" .root.Values.image.repository .component -}}
{{- with index .root.Values.image.digests .component }}{{ printf "%s@%s" $name . }}{{ else }}{{ printf "%s:%s" $name (.root.Values.image.tag | default .root.Chart.AppVersion) }}{{ end }}
{{- end }}

{{/*
The pod of an app: takes { root, component, app, preStopSeconds, env? }. The grace period counts from the start of the preStop
hook, hence the sum; 15 s on top are for the last commit, the flush and leaving the group.
*/}}
{{- define "sunbeon.pod" -}}
metadata:
  labels:
    {{- include "sunbeon.labels" . | nindent 4 }}
  {{- with .app.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "sunbeon.serviceAccount" .root }}
  automountServiceAccountToken: false
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add .preStopSeconds .app.drainTimeoutSeconds 15 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "sunbeon.selector" . | nindent 10 }}
  containers:
    - name: {{ .component }}
      image: {{ include "sunbeon.image" . }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      env:
        - name: HOST
          value: "0.0.0.0"
        - name: PORT
          value: {{ .app.port | quote }}
        - name: KAFKA_BROKERS
          value: {{ required "kafkaBrokers is required: host:port, separated by commas" .root.Values.kafkaBrokers | quote }}
        - name: SCHEMA_REGISTRY_URL
          value: {{ required "schemaRegistryUrl is required: the address of a Confluent-compatible registry" .root.Values.schemaRegistryUrl | quote }}
        {{- with .root.Values.topicPrefix }}
        - name: SUNBEON_TOPIC_PREFIX
          value: {{ . | quote }}
        {{- end }}
        {{- with .env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- with concat .root.Values.extraEnv .app.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: http
          containerPort: {{ .app.port }}
      startupProbe:
        httpGet: { path: /health/startup, port: http }
        periodSeconds: 2
        failureThreshold: 30
      # Progress of this process only, never the broker: an outage of Kafka must not restart every worker.
      livenessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health/ready, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
      {{- if gt (int .preStopSeconds) 0 }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ .preStopSeconds }}
      {{- end }}
      resources:
        {{- toYaml .app.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir: {}
  {{- with .app.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .app.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .app.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The Deployment of an app: the same arguments, and `scaled` when something else sets the replicas. */}}
{{- define "sunbeon.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "sunbeon.fullname" .root }}-{{ .component }}
  labels:
    {{- include "sunbeon.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .app.replicas }}
  {{- end }}
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "sunbeon.selector" . | nindent 6 }}
  template:
    {{- include "sunbeon.pod" . | nindent 4 }}
{{- end }}

{{- define "sunbeon.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "sunbeon.fullname" .root }}-{{ .component }}
  labels:
    {{- include "sunbeon.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "sunbeon.selector" . | nindent 4 }}
  ports:
    - name: http
      port: {{ .app.port }}
      targetPort: http
{{- end }}

{{- define "sunbeon.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "sunbeon.fullname" .root }}-{{ .component }}
  labels:
    {{- include "sunbeon.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .app.pdbMaxUnavailable }}
  selector:
    matchLabels:
      {{- include "sunbeon.selector" . | nindent 6 }}
{{- end }}
